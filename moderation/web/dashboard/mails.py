"""When one is mailed about comments that wait: at once, in the morning, never; and not at night."""

from typing import Any
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Refused
from moderation.foundation.options import as_json, read_options
from moderation.notifying import announce
from moderation.records import Mailed, Mails, Moderator
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_sites
from moderation.web.house import house

page = Page("mails", "Mails", None)

_WORDS = {
    Mailed.at_once: "At once, and then at most every quarter of an hour",
    Mailed.daily: "Once a day",
    Mailed.never: "Never",
}


@page.get("/account/mails")
def show() -> str:
    """The wishes of the moderator who asks."""
    return _render(as_json(moderator_now().mails))


@page.post("/account/mails")
def change() -> ResponseReturnValue:
    """Take the wishes down; what is due already moves with them."""
    given = _given()
    try:
        mails = read_options(Mails, given)
    except Refused as problem:
        return _render(given, problem), 422
    with house().database.transaction() as db:
        announce.wish(db, db.get_one(Moderator, moderator_now().id), mails, now=house().now())
    flash("Saved.", "done")
    return redirect(url_for("dashboard.mails.show"), 303)


def _given() -> dict[str, Any]:
    form = request.form
    wanted = set(form.getlist("site"))
    given: dict[str, Any] = {name: form[name] for name in ("waiting", "daily_hour", "time_zone") if form.get(name)}
    if form.get("quiet_from"):
        given |= {"quiet_from": form["quiet_from"], "quiet_to": form.get("quiet_to", "")}
    return given | {"muted": [site.id for site in own_sites() if site.id not in wanted]}


def _render(given: dict[str, Any], problem: Refused | None = None) -> str:
    shown = as_json(Mails()) | given
    return render_template(
        "dashboard/mails.html",
        given={name: "" if value is None else str(value) for name, value in shown.items()},
        muted=shown["muted"],
        words=_WORDS,
        hours=range(24),
        zones=sorted(available_timezones()),
        sites=own_sites(),
        problems={problem.field: problem.message.partition(": ")[2] or problem.message} if problem else {},
        place=request.path,
    )
