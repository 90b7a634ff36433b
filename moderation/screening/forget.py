"""Forgets what the rules said about a person's comments; that they noticed something stays known."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.records import Comment, Finding, Person


def forget_findings(db: Session, person: Person) -> None:
    """Blank the sentences of all findings about a person's comments: they may quote."""
    theirs = select(Comment.id).where(Comment.person_id == person.id)
    db.execute(update(Finding).where(Finding.comment_id.in_(theirs)).values(sentence="", needed=None))
