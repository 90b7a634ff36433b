"""Notes on people and comments, for moderators only."""

from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Refused
from moderation.review.notes import add_note, remove_note
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_path
from moderation.web.house import house
from moderation.web.telling import myself
from moderation.web.typed import typed

page = Page("notes", "Notes", None)

_LONGEST = 2000


@page.post("/notes")
def show() -> ResponseReturnValue:
    """Add a note."""
    person_id, comment_id = request.form.get("person", ""), request.form.get("comment") or None
    back = own_path(request.form.get("back"))
    try:
        text = typed("text", longest=_LONGEST, needed="Please write a note.")
    except Refused as problem:
        flash(problem.message, "problem")
        return redirect(back, 303)
    with house().database.transaction() as db:
        values: dict[str, Any] = {"person_id": person_id, "comment_id": comment_id, "text": text, "now": house().now()}
        add_note(db, moderator=myself(db), **values)
    flash("Noted.", "done")
    return redirect(back, 303)


@page.post("/notes/remove")
def remove() -> ResponseReturnValue:
    """Remove a note."""
    with house().database.transaction() as db:
        remove_note(db, request.form.get("note", ""), moderator=myself(db))
    flash("The note is removed.", "done")
    return redirect(own_path(request.form.get("back")), 303)
