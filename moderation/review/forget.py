"""Forgets why moderators decided about a person and the person's comments; that they did stays known."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from moderation.records import Action, Comment, Decision, Person


def forget_reasons(db: Session, person: Person) -> None:
    """Blank all reasons given for decisions about a person's comments and for actions about either: they may quote."""
    theirs = select(Comment.id).where(Comment.person_id == person.id)
    db.execute(update(Decision).where(Decision.comment_id.in_(theirs)).values(reason=""))
    about = or_(Action.subject_id == person.id, Action.subject_id.in_(theirs))
    db.execute(update(Action).where(about).values(reason=""))
