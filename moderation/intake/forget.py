"""Forgets what a person wrote, and from where."""

from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from moderation.records import Comment, Person, Report, Version

# No text has this hash, so that nothing counts as a repetition of what is forgotten.
_NOTHING: Final = bytes(32)


def forget_texts(db: Session, person: Person) -> None:
    """Blank every text of a person's comments, and what readers said about them or the person about others.

    That there were comments and reports stays known.
    """
    theirs = select(Comment.id).where(Comment.person_id == person.id)
    of_theirs = update(Version).where(Version.comment_id.in_(theirs))
    db.execute(of_theirs.values(body="", html="", body_hash=_NOTHING))
    db.execute(update(Comment).where(Comment.person_id == person.id).values(address_hash=None))
    reported = or_(Report.person_id == person.id, Report.comment_id.in_(theirs))
    db.execute(update(Report).where(reported).values(reason=""))
