"""Saved replies of a site: words to use again in a reason or an answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import delete

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.text import single_line
from moderation.foundation.tokens import new_id
from moderation.records import SavedReply
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_site
from moderation.web.house import house
from moderation.web.sheet import replies_of
from moderation.web.typed import typed

page = Page("replies", "Saved replies", None)

_TITLE = 80
_LONGEST = 2000
_MOST = 100


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
    except Refused as problem:
        return _shown(site_key, problem), 422
    with house().database.transaction() as db:
        if reply_id:
            known = db.get(SavedReply, reply_id)
            if known is None or known.site_id != site.id:
                raise Missing("This reply is not there any more.")
            known.title, known.text = title, text
        elif len(replies_of(db, site.id)) >= _MOST:
            flash(f"A site can have {_MOST} saved replies. Remove one first.", "problem")
            return redirect(url_for("dashboard.replies.show", site_key=site_key), 303)
        else:
            now = house().now()
            db.add(SavedReply(id=new_id("y", now), site_id=site.id, title=title, text=text, created_at=now))
    flash("Saved.", "done")
    return redirect(url_for("dashboard.replies.show", site_key=site_key), 303)


@page.post("/<site_key>/replies/remove")
def remove(site_key: str) -> ResponseReturnValue:
    """Remove a reply."""
    site, reply_id = own_site(site_key), request.form.get("reply", "")
    with house().database.transaction() as db:
        db.execute(delete(SavedReply).where(SavedReply.id == reply_id, SavedReply.site_id == site.id))
    flash("Removed.", "done")
    return redirect(url_for("dashboard.replies.show", site_key=site_key), 303)


def _shown(site_key: str, problem: Refused | None = None) -> str:
    site = own_site(site_key)
    with house().database.reading() as db:
        replies = replies_of(db, site.id)
    return render_template(
        "dashboard/replies.html", site=site, replies=replies, problem=problem, given=request.form if problem else {}
    )
