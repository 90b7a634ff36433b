"""Forgets what the outbox says about a person."""

from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from moderation.records import Comment, Notice, Person


def forget_notices(db: Session, person: Person, *, now: datetime) -> None:
    """Blank all notices to a person or about the person's comments; what was not sent yet is not sent any more."""
    theirs = select(Comment.id).where(Comment.person_id == person.id)
    about = or_(Notice.person_id == person.id, Notice.comment_id.in_(theirs))
    # Who keeps a copy must hear that the comment is withdrawn; such a notice holds nothing else.
    about = and_(about, or_(Notice.webhook_id.is_(None), ~Notice.key.startswith("withdrawn:")))
    db.execute(update(Notice).where(about, Notice.finished.is_(False)).values(finished=True, dropped_at=now))
    # Whoever sends one just now has lost it, and cannot write down any more what the mail server said.
    db.execute(update(Notice).where(about).values(details={}, problem=None, lease=None))
