"""What a writer is answered: the stored comment, and the text that was taken."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from moderation.notifying import announce
from moderation.records import Comment, Person, Status, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A stored comment as its writer is answered; ``replayed`` when it had been stored before, ``noticed`` when
    somebody is to be told of it."""

    comment: Comment
    person: Person
    version: Version
    status: Status
    replayed: bool
    noticed: bool


def received(db: Session, comment: Comment, version: Version, status: Status) -> Received:
    """Return a comment with its newest text."""
    noticed = announce.has_written(db)
    return Received(
        comment=comment, person=comment.person, version=version, status=status, replayed=False, noticed=noticed
    )


def version_of(db: Session, comment: Comment, number: int) -> Version:
    """Return one text of a comment."""
    return db.get_one(Version, (comment.id, number))
