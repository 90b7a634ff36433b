"""Forgets what moderators wrote about a person and the person's comments; that they decided stays known."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.records import Action, Comment, Decision, Note, Person


def forget_reasons(db: Session, person: Person) -> None:
    """Blank the reasons of decisions and actions about a person or the person's comments, and drop notes about them.

    They may quote.
    """
    theirs = select(Comment.id).where(Comment.person_id == person.id)
    db.execute(update(Decision).where(Decision.comment_id.in_(theirs)).values(reason=""))
    about = or_(Action.subject_id == person.id, Action.subject_id.in_(theirs))
    db.execute(update(Action).where(about).values(reason=""))
    db.execute(delete(Note).where(or_(Note.person_id == person.id, Note.comment_id.in_(theirs))))
