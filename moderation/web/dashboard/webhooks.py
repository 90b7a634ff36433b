"""Webhooks of a site: which programs of the owner's own are told what happens to comments."""

import re
import time
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Problem, Refused
from moderation.foundation.tokens import new_id
from moderation.notifying import webhook_state
from moderation.notifying.channel import NotDelivered
from moderation.notifying.channels.webhook import post
from moderation.notifying.kind import Sender
from moderation.notifying.webhook import check_address, check_happenings, new_secret, webhook_of, webhooks_of
from moderation.notifying.webhook_message import test_message
from moderation.records import Happening, Role, Site, Webhook
from moderation.review.act import act
from moderation.review.actions.webhook import MOST
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_site
from moderation.web.house import house
from moderation.web.telling import leave_word, myself

page = Page("webhooks", "Webhooks", None)

_WEBHOOK_ID: Final = re.compile(r"w_[0-9A-Za-z]{22}")
# What each event is called, and what it means.
EVENTS: Final = {
    Happening.waiting: ("A new comment waits", "for your decision"),
    Happening.decided: ("A comment is decided", "approved, rejected, marked as spam, or put back to waiting"),
    Happening.edited: ("A comment is edited", "by its writer or a moderator"),
    Happening.withdrawn: ("A comment is withdrawn", "by its writer"),
    Happening.reported: ("A comment is reported", "by a reader"),
}


@page.get("/<site_key>/webhooks")
def show(site_key: str) -> str:
    """All webhooks of the site, how they fare, and a form for another one."""
    return _render(own_site(site_key, role=Role.owner))


@page.post("/<site_key>/webhooks")
@proving.sensitive
def save(site_key: str) -> ResponseReturnValue:
    """Keep a new webhook, and show its secret this once; or keep a changed one."""
    site, webhook_id = own_site(site_key, role=Role.owner), request.form.get("webhook", "")
    try:
        url = check_address(house().outbound, request.form.get("url", ""))
        wanted: dict[str, Any] = {"url": url, "happenings": check_happenings(request.form.getlist("event"))}
        if webhook_id:
            _do(site, _known(site, webhook_id), wanted, said="Saved. It holds from the next event on.")
            return _back(site)
        secret, sealed = new_secret(house().keys)
        wanted |= {"webhook": new_id("w", house().now()), "host": "", "on": True, "secret": sealed}
        _do(site, None, wanted, said="Added. It is told from now on; a test shows whether it works.")
    except Refused as problem:
        return _render(site, problem), 422
    return _render(site, secret=secret)


@page.post("/<site_key>/webhooks/switch")
@proving.sensitive
def switch(site_key: str) -> ResponseReturnValue:
    """Tell a webhook of what happens, or no more."""
    site, begins = own_site(site_key, role=Role.owner), request.form.get("to") == "on"
    said = "It is on. It is told from now on." if begins else "It is off. It is told of nothing."
    _do(site, _known(site), {"on": begins}, said=said)
    return _back(site)


@page.post("/<site_key>/webhooks/secret")
@proving.sensitive
def make_secret(site_key: str) -> ResponseReturnValue:
    """Make a new secret, and show it this once; the former signs for another day."""
    site = own_site(site_key, role=Role.owner)
    known, (secret, sealed) = _known(site), new_secret(house().keys)
    _do(site, known, {"secret": sealed}, said="There is a new secret.")
    return _render(site, secret=secret, replaced=True)


@page.post("/<site_key>/webhooks/remove")
@proving.sensitive
def remove(site_key: str) -> ResponseReturnValue:
    """Remove a webhook, with what waits for it."""
    site = own_site(site_key, role=Role.owner)
    _do(site, _known(site), dict.fromkeys(("url", "happenings", "on", "secret")), said="Removed.")
    return _back(site)


@page.post("/<site_key>/webhooks/test")
def test(site_key: str) -> ResponseReturnValue:
    """Send a webhook something at once, and say what became of it."""
    home, site = house(), own_site(site_key, role=Role.owner)
    known = _known(site)
    home.throttle.take("webhook_test", moderator_now().id)
    sender = Sender(public_url=home.settings.public_url, keys=home.keys)
    began = time.monotonic()
    try:
        answer = post(home.outbound, test_message(known, site, sender, now=home.now()))
    except (NotDelivered, Refused) as failure:
        problem = failure.problem if isinstance(failure, NotDelivered) else f"{failure.message} Make a new one."
        flash(f"The test failed. {problem}", "problem")
        return _back(site, known.id)
    with home.database.transaction() as db:
        webhook_state.worked(db, known.id, now=home.now())
    home.ring()
    took = f"The test arrived: {known.host} answered {answer.status} after {time.monotonic() - began:.1f} seconds."
    flash(took if known.enabled else f"{took} It is off, and told of nothing else.", "done")
    return _back(site, known.id)


def _known(site: Site, webhook_id: str | None = None) -> Webhook:
    webhook_id = webhook_id or request.form.get("webhook", "")
    if not _WEBHOOK_ID.fullmatch(webhook_id):
        raise Missing("There is no such webhook any more.")
    with house().database.reading() as db:
        return webhook_of(db, site.id, webhook_id)


def _do(site: Site, known: Webhook | None, wanted: dict[str, Any], *, said: str) -> None:
    """Do it, told and to be taken back."""
    if known is not None:
        now = {"url": known.url, "happenings": known.happenings, "on": known.enabled}
        changed = {name: value for name, value in wanted.items() if name not in now or now[name] != value}
        wanted = {"webhook": known.id, "host": known.host} | changed
    try:
        with house().database.transaction() as db:
            done = act(db, "webhook", moderator=myself(db), subject_id=site.id, wanted=wanted, now=house().now())
    except Conflict:
        flash("All of this was set so already.", "done")
        return
    leave_word(said, undo=done.id)


def _back(site: Site, place: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("dashboard.webhooks.show", site_key=site.key, _anchor=place), 303)


def _render(
    site: Site,
    problem: Problem | None = None,
    *,
    secret: str | None = None,
    replaced: bool = False,
) -> str:
    with house().database.reading() as db:
        webhooks = webhooks_of(db, site.id)
    given = request.form if problem else None
    return render_template(
        "dashboard/webhooks.html",
        site=site,
        webhooks=webhooks,
        events=EVENTS,
        why_off=webhook_state.why_off,
        now=house().now(),
        most=MOST,
        secret=secret,
        replaced=replaced,
        given=given,
        chosen=given.getlist("event") if given is not None else [event.value for event in Happening],
        problems={problem.field or "url": problem.message} if problem else {},
        is_sure=proving.is_sure(),
        place=url_for("dashboard.webhooks.show", site_key=site.key),
    )
