"""Notes that moderators write for themselves, on a person or on a comment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.foundation.tokens import new_id
from moderation.records import Comment, Moderator, Note, Person


def add_note(
    db: Session, *, moderator: Moderator, person_id: str, comment_id: str | None, text: str, now: datetime
) -> Note:
    """Add a note on a person, or on one of the person's comments.

    Raises:
        Missing: there is no such person or comment on a site of this moderator's.
    """
    person = db.get(Person, person_id)
    comment = db.get(Comment, comment_id) if comment_id else None
    stray = comment_id is not None and (comment is None or comment.person_id != person_id)
    if person is None or stray or moderator.role_on(person.site_id) is None:
        raise Missing("There is no such person.")
    values = {"site_id": person.site_id, "person_id": person_id, "comment_id": comment_id, "text": text}
    note = Note(id=new_id("o", now), moderator_id=moderator.id, created_at=now, **values)
    db.add(note)
    db.flush()
    return note


def remove_note(db: Session, note_id: str, *, moderator: Moderator) -> None:
    """Remove a note; nothing happens when it is gone already.

    Raises:
        Missing: it is on another's site.
    """
    note = db.get(Note, note_id)
    if note is None:
        return
    if moderator.role_on(note.site_id) is None:
        raise Missing("There is no such note.")
    db.delete(note)
    db.flush()


def notes_on(db: Session, person_id: str, *, comment_id: str | None = None) -> Sequence[Note]:
    """Return the notes on a person and all their comments, or on one comment; the newest first."""
    query = select(Note).where(Note.person_id == person_id).order_by(Note.created_at.desc(), Note.id)
    return db.scalars(query if comment_id is None else query.where(Note.comment_id == comment_id)).all()


def count_notes(db: Session, person_ids: set[str]) -> dict[str, int]:
    """Return how many notes there are on each of these people."""
    query = select(Note.person_id, func.count()).where(Note.person_id.in_(person_ids)).group_by(Note.person_id)
    return {person_id: number for person_id, number in db.execute(query)}  # noqa: C416


def forget_notes(db: Session, person: Person) -> None:
    """Delete the notes on a person and the person's comments."""
    db.execute(delete(Note).where(Note.person_id == person.id))
