"""The history: what was decided and done on one's sites, by whom, when, why; and taking it back."""

from typing import Final

from flask import render_template, request, url_for

from moderation.foundation.errors import Missing
from moderation.identity.membership import members
from moderation.records import Status
from moderation.review.act import kinds
from moderation.review.history import Asked, Who, history
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_site, own_sites
from moderation.web.house import house
from moderation.web.past import lines

page = Page("history", "History", 15)

_WHO: Final = {
    Who.moderators.value: "All moderators",
    Who.screening.value: "The screening",
    Who.writer.value: "Writers",
}
_KINDS: Final = {
    Status.approved.value: "Approved",
    Status.rejected.value: "Rejected",
    Status.spam.value: "Marked as spam",
    Status.waiting.value: "Put back to waiting",
    Status.withdrawn.value: "Withdrawn",
    "many": "Many at once",
    "answer": "Answers",
    "edit": "Edits",
    "ask_changes": "Changes asked for",
    "ban": "Bans",
    "ban_address": "Bans of addresses",
    "lift_address": "Bans of addresses lifted",
    "trust": "Trust",
    "pin": "Pins",
    "close_page": "Pages closed or opened",
    "note": "Notes on people",
    "note_comment": "Notes on comments",
    "saved_reply": "Saved replies",
    "webhook": "Webhooks",
}


@page.get("/history", defaults={"site_key": ""})
@page.get("/<site_key>/history")
def show(site_key: str) -> str:
    """A slice of the history, the newest first."""
    sites = (own_site(site_key),) if site_key else own_sites()
    who, kind = request.args.get("who") or None, request.args.get("kind") or None
    with house().database.reading() as db:
        known = {member.id: member.name for site in sites for member in members(db, site.id)}
        people = _WHO | known | ({moderator_now().id: "You"} if moderator_now().id in known else {})
        named = _KINDS | {name: name.replace("_", " ").capitalize() for name in kinds() if name not in _KINDS}
        if (who and who not in people) or (kind and kind not in named):
            raise Missing("There is no such part of the history.")
        asked = Asked(site_ids=[site.id for site in sites], who=who, kind=kind, after=request.args.get("after") or None)
        past = history(db, asked)
        shown = lines(db, past.entries, viewer=moderator_now())
    return render_template(
        "dashboard/history.html",
        lines=shown,
        next=past.next,
        who=who,
        kind=kind,
        people=people,
        kinds=named,
        site=sites[0] if site_key else None,
        sites=own_sites(),
        place=own_path(request.full_path.removesuffix("?")),
        address=lambda **query: url_for("dashboard.history.show", site_key=site_key, **query),
    )
