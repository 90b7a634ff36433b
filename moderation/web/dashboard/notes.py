"""Notes on people and comments, for moderators only."""

import re
from typing import Any, Final

from flask import redirect, request
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.review.notes import add_note, remove_note
from moderation.web.dashboard_page import Page
from moderation.web.guards import own_path
from moderation.web.house import house
from moderation.web.telling import leave_word, myself
from moderation.web.typed import typed

page = Page("notes", "Notes", None)

_LONGEST: Final = 2000
_NOTE_ID: Final = re.compile(r"o_[0-9A-Za-z]{22}")


@page.post("/notes")
def show() -> ResponseReturnValue:
    """Add a note."""
    person_id, comment_id = request.form.get("person", ""), request.form.get("comment") or None
    try:
        text = typed("text", longest=_LONGEST, needed="Please write a note.")
    except Refused as problem:
        return _back(problem.message, problem=True)
    with house().database.transaction() as db:
        values: dict[str, Any] = {"person_id": person_id, "comment_id": comment_id, "text": text, "now": house().now()}
        done = add_note(db, moderator=myself(db), **values)
    return _back("Noted.", undo=done.id)


@page.post("/notes/remove")
def remove() -> ResponseReturnValue:
    """Remove a note."""
    note_id, undo = request.form.get("note", ""), None
    if not _NOTE_ID.fullmatch(note_id):
        raise Missing("There is no such note.")
    try:
        with house().database.transaction() as db:
            undo = remove_note(db, note_id, moderator=myself(db), now=house().now()).id
    except Conflict:
        # Whoever was quicker wanted the same.
        pass
    return _back("The note is removed.", undo=undo)


def _back(sentence: str, **what: Any) -> ResponseReturnValue:
    leave_word(sentence, **what)
    return redirect(own_path(request.form.get("back")), 303)
