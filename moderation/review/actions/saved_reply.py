"""Saves words for a site's moderators to use again, changes them, or removes them."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.records import SavedReply
from moderation.review.kind import Kind, State, Target

MOST: Final = 100


def _reply(db: Session, target: Target, state: State) -> SavedReply | None:
    found = db.get(SavedReply, state["reply"], with_for_update=True, populate_existing=True)
    if found is not None and found.site_id != target.site_id:
        raise Missing("There is no such reply.")
    return found


def _read(db: Session, target: Target, like: State) -> State:
    known = _reply(db, target, like)
    return {
        "reply": like["reply"],
        "title": known.title if known else None,
        "text": known.text if known else None,
    }


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    known = _reply(db, target, state)
    if state["title"] is None:
        if known is not None:
            db.delete(known)
    elif known is not None:
        known.title, known.text = state["title"], state["text"]
    else:
        there = select(func.count()).select_from(SavedReply).where(SavedReply.site_id == target.site_id)
        if (db.scalar(there) or 0) >= MOST:
            raise Refused(f"A site can have {MOST} saved replies. Remove one first.")
        words = {"title": state["title"], "text": state["text"]}
        db.add(SavedReply(id=state["reply"], site_id=target.site_id, created_at=target.now, **words))
    db.flush()
    return state


def _tell(before: State, after: State) -> str:
    if after["title"] is None:
        return f"removed the saved reply “{before['title']}” of"
    return f"{'changed' if before['title'] else 'saved'} the reply “{after['title']}” of"


saved_reply = Kind(
    name="saved_reply",
    subject="site",
    read=_read,
    write=_write,
    tell=_tell,
    example={"reply": "y_0000000000000000000000", "title": "Thanks", "text": "Thank you for writing."},
)
