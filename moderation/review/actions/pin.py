"""Pins a comment: it stands first on its page, marked."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.records import Page, Status
from moderation.review.decide import locked
from moderation.review.kind import Kind, State, Target


def _read(db: Session, target: Target, _like: State) -> State:
    return {"pinned": locked(db, target.subject_id).pinned}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    comment = locked(db, target.subject_id)
    if state["pinned"] and (comment.depth or comment.status is not Status.approved):
        raise Refused("Only an approved comment that answers no other can be pinned.")
    comment.pinned = state["pinned"]
    db.execute(update(Page).where(Page.id == comment.page_id).values(revision=Page.revision + 1))
    return state


pin = Kind(
    name="pin",
    subject="comment",
    read=_read,
    write=_write,
    tell=lambda _before, after: "pinned" if after["pinned"] else "unpinned",
    example={"pinned": True},
)
