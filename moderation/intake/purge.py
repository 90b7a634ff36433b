"""Forgets idempotency keys after a day, and where comments and reports came from after the days that the owner set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.prune import AT_ONCE, prune
from moderation.records import Comment, Report, Submission

_KEPT: Final = timedelta(hours=24)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some submissions that are older than a day; return how many, 0 when none is left."""
    return prune(db, Submission, Submission.created_at < now - _KEPT)


def traceable(db: Session, *, now: datetime, days: int) -> Sequence[str]:
    """Return the ids of some comments and reports whose address hash is older than so many days; only reads."""
    old = now - timedelta(days=days)
    comments = select(Comment.id).where(Comment.created_at < old, Comment.address_hash.is_not(None)).limit(AT_ONCE)
    reports = select(Report.id).where(Report.created_at < old, Report.address_hash.is_not(None)).limit(AT_ONCE)
    return [*db.scalars(comments), *db.scalars(reports)]


def forget_addresses(db: Session, ids: Sequence[str]) -> None:
    """Delete the address hashes of comments and reports."""
    for record in (Comment, Report):
        db.execute(update(record).where(record.id.in_(ids)).values(address_hash=None))
