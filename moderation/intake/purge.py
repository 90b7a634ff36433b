"""Forgets idempotency keys after a day, and where comments came from after the days that the owner set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.prune import AT_ONCE, prune
from moderation.records import Comment, Submission

_KEPT: Final = timedelta(hours=24)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some submissions that are older than a day; return how many, 0 when none is left."""
    return prune(db, Submission, Submission.created_at < now - _KEPT)


def traceable(db: Session, *, now: datetime, days: int) -> Sequence[str]:
    """Return the ids of some comments whose address hash is older than so many days; only reads."""
    old = select(Comment.id).where(Comment.created_at < now - timedelta(days=days), Comment.address_hash.is_not(None))
    return db.scalars(old.limit(AT_ONCE)).all()


def forget_addresses(db: Session, comment_ids: Sequence[str]) -> None:
    """Delete the address hashes of comments."""
    db.execute(update(Comment).where(Comment.id.in_(comment_ids)).values(address_hash=None))
