"""Bans a comment's writer, or the address it came from, for a time or for good; with what they wrote, or without."""

from datetime import timedelta
from typing import Any, Final, Literal

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.journey import ban, ban_comments
from moderation.records import Comment, Moderator, Status
from moderation.web.dashboard_page import Page
from moderation.web.house import house
from moderation.web.sheet import Done, sheet, submit
from moderation.web.typed import REASON_CHARACTERS, typed
from moderation.web.words import plural

page = Page("ban", "Ban", None)

LASTS: Final = {
    "day": ("a day", timedelta(days=1)),
    "week": ("a week", timedelta(days=7)),
    "month": ("30 days", timedelta(days=30)),
    "ever": ("good", None),
}
_FATES: Final = {"leave": None, "rejected": Status.rejected, "spam": Status.spam}
_WHO: Final[dict[str, Literal["ban", "ban_address"]]] = {"person": "ban", "address": "ban_address"}


@page.get("/comments/<comment_id>/ban")
def show(comment_id: str) -> ResponseReturnValue:
    """The form: whom, for how long, and what becomes of their comments."""
    return sheet(comment_id, "ban", lasts=LASTS)


@page.post("/comments/<comment_id>/ban")
def send(comment_id: str) -> ResponseReturnValue:
    """Ban, and deal with what they wrote: with a turn of it at once, and the worker goes on."""
    who, lasts, fate = (request.form.get(name, "") for name in ("who", "lasts", "fate"))
    if who not in _WHO or lasts not in LASTS or fate not in _FATES:
        raise Refused("This form is not complete. Please reload the page.")

    def work(db: Session, moderator: Moderator, _seen: int) -> Done:
        comment = db.get_one(Comment, comment_id)
        subject_id = comment.person_id if who == "person" else comment_id
        reason = typed("reason", longest=REASON_CHARACTERS)
        values: dict[str, Any] = {"lasts": LASTS[lasts][1], "reason": reason, "now": house().now()}
        done = ban(db, _WHO[who], subject_id, moderator=moderator, **values)
        sentence = f"Banned for {LASTS[lasts][0]}."
        status, wait = _FATES[fate], house().undo_window
        batch = ban_comments(db, done, status, moderator=moderator, now=values["now"], wait=wait) if status else None
        if batch and batch.finished_at is None:
            left = plural(batch.total - batch.decided, "comment")
            sentence += f" {left} more to go through: that goes on by itself."
        return Done(sentence=sentence, action_id=done.id)

    return submit(comment_id, "ban", work, lasts=LASTS)
