"""Asks a comment's writer for changes, by mail."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.journey import ask_changes
from moderation.records import Moderator
from moderation.web.dashboard_page import Page
from moderation.web.house import house
from moderation.web.sheet import Done, sheet, submit
from moderation.web.typed import REASON_CHARACTERS, typed

page = Page("ask_changes", "Ask for changes", None)


@page.get("/comments/<comment_id>/ask-changes")
def show(comment_id: str) -> ResponseReturnValue:
    """The form, with the replies that were saved."""
    return sheet(comment_id, "ask_changes")


@page.post("/comments/<comment_id>/ask-changes")
def send(comment_id: str) -> ResponseReturnValue:
    """Write to the comment's writer, after the undo window."""

    def work(db: Session, moderator: Moderator, seen: int) -> Done:
        reason = typed("reason", longest=REASON_CHARACTERS, needed="Please say what should change.")
        values: dict[str, Any] = {"reason": reason, "now": house().now(), "wait": house().undo_window}
        done = ask_changes(db, comment_id, moderator=moderator, seen=seen, **values)
        return Done(sentence="The writer is asked by mail.", action_id=done.id)

    return submit(comment_id, "ask_changes", work)
