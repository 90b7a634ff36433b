"""Approves a comment and answers it in one go, as the blog's author."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.tokens import new_token
from moderation.journey import answer
from moderation.records import Moderator
from moderation.web.dashboard_page import Page
from moderation.web.house import house
from moderation.web.sheet import Done, refused, sheet, submit
from moderation.web.typed import typed_body

page = Page("answer", "Approve and answer", None)

_KEY = 64


@page.get("/comments/<comment_id>/answer")
def show(comment_id: str) -> ResponseReturnValue:
    """The form, with the replies that were saved."""
    return sheet(comment_id, "answer", key=new_token())


@page.post("/comments/<comment_id>/answer")
def send(comment_id: str) -> ResponseReturnValue:
    """Publish the comment, and the answer below it."""
    key = request.form.get("key", "")
    if not 1 <= len(key) <= _KEY or not key.isascii():
        raise Refused("This form is not complete. Please reload the page.")
    try:
        text = typed_body()
    except Refused as problem:
        return refused(comment_id, "answer", problem, key=key)

    def work(db: Session, moderator: Moderator, seen: int) -> Done:
        values: dict[str, Any] = {"now": house().now(), "wait": house().undo_window}
        done = answer(db, comment_id, text, moderator=moderator, key=key, seen=seen, **values)
        return Done(sentence="Answered.", action_id=done.id)

    return submit(comment_id, "answer", work, key=key)
