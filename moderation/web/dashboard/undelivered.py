"""What could not be delivered: an owner has it sent again, or drops it."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing
from moderation.notifying import undelivered as notices
from moderation.records import Role
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_sites, require_owner
from moderation.web.house import house
from moderation.web.words import plural

page = Page("undelivered", "Notices", None)

_ABOUT: Final = {
    "waiting": "comments that wait",
    "new_comment": "a new comment, for a subscriber",
    "confirm_guest": "confirming an address",
    "invitation": "an invitation to moderate",
    "webhook": "what happened to a comment",
    "webhook_off": "a webhook that was switched off",
}


@page.get("/undelivered")
def show() -> str:
    """What was given up on the owner's sites, and whether something is late."""
    require_owner()
    with house().database.reading() as db:
        return render_template(
            "dashboard/undelivered.html",
            count=notices.count_undelivered(db, _sites()),
            rows=notices.undelivered(db, _sites()),
            delayed=notices.delayed(db, _sites()),
            about=lambda notice: _ABOUT.get(notice.kind, notice.kind.replace("_", " ")),
            dropped=request.args.get("dropped", "")[:50],
        )


@page.post("/undelivered/again")
def send_again() -> ResponseReturnValue:
    """Have one notice, or all of them, sent again."""
    require_owner()
    now, notice_id = house().now(), request.form.get("notice", "")
    try:
        with house().database.transaction() as db:
            if notice_id:
                notices.send_again(db, _sites(), notice_id, now=now)
                told = "It is being sent again."
            else:
                told = f"{plural(notices.send_all_again(db, _sites(), now=now), 'notice')} will be sent again."
    except (Missing, Conflict) as problem:
        flash(problem.message, "problem")
        return _back()
    house().ring()
    flash(told, "done")
    return _back()


@page.post("/undelivered/drop")
def drop() -> ResponseReturnValue:
    """Take a notice off the list."""
    require_owner()
    notice_id = request.form.get("notice", "")
    try:
        with house().database.transaction() as db:
            notices.drop(db, _sites(), notice_id, now=house().now())
    except (Missing, Conflict) as problem:
        flash(problem.message, "problem")
        return _back()
    return _back(dropped=notice_id)


@page.post("/undelivered/keep")
def keep() -> ResponseReturnValue:
    """Put a dropped notice back on the list."""
    require_owner()
    try:
        with house().database.transaction() as db:
            notices.keep(db, _sites(), request.form.get("notice", ""))
    except Missing as problem:
        flash(problem.message, "problem")
    else:
        flash("It is on the list again.", "done")
    return _back()


def _sites() -> list[str]:
    """Return the sites of which the asking moderator is an owner."""
    return [site.id for site in own_sites() if moderator_now().role_on(site.id) is Role.owner]


def _back(*, dropped: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("dashboard.undelivered.show", dropped=dropped), 303)
