"""Edits a comment, which readers are told."""

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.journey import amend
from moderation.records import Moderator
from moderation.web.dashboard_page import Page
from moderation.web.house import house
from moderation.web.sheet import Done, refused, sheet, submit
from moderation.web.typed import typed_body

page = Page("edit", "Edit", None)


@page.get("/comments/<comment_id>/edit")
def show(comment_id: str) -> ResponseReturnValue:
    """The text as it was typed."""
    return sheet(comment_id, "edit")


@page.post("/comments/<comment_id>/edit")
def send(comment_id: str) -> ResponseReturnValue:
    """Let another text stand; the writer's is kept."""
    try:
        text = typed_body()
    except Refused as problem:
        return refused(comment_id, "edit", problem)

    def work(db: Session, moderator: Moderator, seen: int) -> Done:
        done = amend(db, comment_id, text, moderator=moderator, seen=seen, now=house().now(), wait=house().undo_window)
        return Done(sentence="Edited.", action_id=done.id)

    return submit(comment_id, "edit", work)
