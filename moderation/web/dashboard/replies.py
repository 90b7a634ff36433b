"""Saved replies of a site: words to use again in a reason or an answer."""

import re
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.foundation.text import single_line
from moderation.foundation.tokens import new_id
from moderation.records import SavedReply, Site
from moderation.review.act import act
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_site
from moderation.web.house import house
from moderation.web.sheet import replies_of
from moderation.web.telling import leave_word, myself
from moderation.web.typed import typed

page = Page("replies", "Saved replies", None)

_TITLE: Final = 80
_LONGEST: Final = 2000
_REPLY_ID: Final = re.compile(r"y_[0-9A-Za-z]{22}")


@page.get("/<site_key>/replies")
def show(site_key: str) -> ResponseReturnValue:
    """All of them, and a form for a new one."""
    return _shown(site_key)


@page.post("/<site_key>/replies")
def save(site_key: str) -> ResponseReturnValue:
    """Keep a new reply, or a changed one."""
    site, reply_id = own_site(site_key), request.form.get("reply", "")
    try:
        title = single_line(typed("title", longest=_TITLE, needed="Please give it a title."))
        text = typed("text", longest=_LONGEST, needed="Please write something.")
        with house().database.reading() as db:
            if reply_id and (not _REPLY_ID.fullmatch(reply_id) or db.get(SavedReply, reply_id) is None):
                raise Missing("This reply is not there any more.")
        wanted = {"reply": reply_id or new_id("y", house().now()), "title": title, "text": text}
        return _do(site, wanted, said="Saved.")
    except Refused as problem:
        return _shown(site_key, problem), 422


@page.post("/<site_key>/replies/remove")
def remove(site_key: str) -> ResponseReturnValue:
    """Remove a reply."""
    site, reply_id = own_site(site_key), request.form.get("reply", "")
    if not _REPLY_ID.fullmatch(reply_id):
        raise Refused("This form is not complete. Please reload the page.")
    return _do(site, {"reply": reply_id, "title": None, "text": None}, said="Removed.")


def _do(site: Site, wanted: dict[str, Any], *, said: str) -> ResponseReturnValue:
    undo = None
    try:
        with house().database.transaction() as db:
            done = act(db, "saved_reply", moderator=myself(db), subject_id=site.id, wanted=wanted, now=house().now())
            undo = done.id
    except Conflict:
        # It is so already.
        pass
    leave_word(said, undo=undo)
    return redirect(url_for("dashboard.replies.show", site_key=site.key), 303)


def _shown(site_key: str, problem: Refused | None = None) -> str:
    site = own_site(site_key)
    with house().database.reading() as db:
        replies = replies_of(db, site.id)
    return render_template(
        "dashboard/replies.html", site=site, replies=replies, problem=problem, given=request.form if problem else {}
    )
