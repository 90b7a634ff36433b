"""Edits a comment for its writer: another of its texts stands, and readers are told that a moderator wrote it."""

from sqlalchemy.orm import Session

from moderation.records import Comment, Status
from moderation.records.search import note_all
from moderation.review.decide import locked
from moderation.review.kind import Kind, State, Target


def _read(db: Session, target: Target, _like: State) -> State:
    return {"text": locked(db, target.subject_id).latest}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    comment = locked(db, target.subject_id)
    comment.latest = state["text"]
    comment.version += 1
    # What readers see is a decision of its own.
    comment.awaits = comment.status is Status.waiting or (
        comment.status is Status.approved and comment.shown != comment.latest
    )
    db.flush()
    note_all(db, Comment.id == comment.id)
    return state


edit = Kind(
    name="edit",
    subject="comment",
    read=_read,
    write=_write,
    tell=lambda before, after: "edited" if after["text"] > before["text"] else "put back the former text of",
    example={"text": 2},
)
