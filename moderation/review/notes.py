"""Notes that moderators write for themselves, on a person or on a comment; both ways can be taken back.

A note that was removed stays until its person is erased, so that it can come back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.tokens import new_id
from moderation.records import Action, Comment, Moderator, Note, Person
from moderation.review.act import act
from moderation.review.kind import State, Target

EXAMPLE: Final = {"note": "o_0000000000000000000000", "there": True}


def add_note(
    db: Session, *, moderator: Moderator, person_id: str, comment_id: str | None, text: str, now: datetime
) -> Action:
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
    # Written, and not there yet: the action puts it there.
    note = Note(id=new_id("o", now), moderator_id=moderator.id, created_at=now, removed_at=now, **values)
    db.add(note)
    db.flush()
    return _act(db, note, there=True, moderator=moderator, now=now)


def remove_note(db: Session, note_id: str, *, moderator: Moderator, now: datetime) -> Action:
    """Remove a note.

    Raises:
        Missing: there is none on a site of this moderator's.
        Conflict: ``already`` removed.
    """
    note = db.get(Note, note_id)
    if note is None:
        raise Missing("There is no such note.")
    return _act(db, note, there=False, moderator=moderator, now=now)


def read(db: Session, _target: Target, like: State) -> State:
    """Return whether a note is there, as an action keeps it."""
    note = _locked(db, like)
    return {"note": like["note"], "there": note is not None and note.removed_at is None}


def write(db: Session, target: Target, _before: State, state: State) -> State:
    """Let a note be there, or not.

    Raises:
        Refused: it was erased.
    """
    note = _locked(db, state)
    if note is None:
        raise Refused("This note is gone for good, with whom or what it was about.")
    note.removed_at = None if state["there"] else target.now
    db.flush()
    return state


def tell(_before: State, after: State) -> str:
    """Return what was done in words that the name of whom or what the note is about can follow."""
    return "wrote a note on" if after["there"] else "removed a note on"


def notes_on(db: Session, person_id: str, *, comment_id: str | None = None) -> Sequence[Note]:
    """Return the notes on a person and all their comments, or on one comment; the newest first."""
    query = (
        select(Note)
        .where(Note.person_id == person_id, Note.removed_at.is_(None))
        .order_by(Note.created_at.desc(), Note.id)
    )
    return db.scalars(query if comment_id is None else query.where(Note.comment_id == comment_id)).all()


def count_notes(db: Session, person_ids: set[str]) -> dict[str, int]:
    """Return how many notes there are on each of these people."""
    there = (Note.person_id.in_(person_ids), Note.removed_at.is_(None))
    query = select(Note.person_id, func.count()).where(*there).group_by(Note.person_id)
    return {person_id: number for person_id, number in db.execute(query)}  # noqa: C416


def forget_notes(db: Session, person: Person) -> None:
    """Delete the notes on a person and the person's comments."""
    db.execute(delete(Note).where(Note.person_id == person.id))


def _act(db: Session, note: Note, *, there: bool, moderator: Moderator, now: datetime) -> Action:
    kind, subject_id = ("note_comment", note.comment_id) if note.comment_id else ("note", note.person_id)
    wanted = {"note": note.id, "there": there}
    return act(db, kind, moderator=moderator, subject_id=subject_id, wanted=wanted, now=now)


def _locked(db: Session, state: State) -> Note | None:
    return db.get(Note, state["note"], with_for_update=True, populate_existing=True)
