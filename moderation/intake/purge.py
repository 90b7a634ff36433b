"""Forgets idempotency keys after a day, and where comments and reports came from after the days that the owner set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.prune import AT_ONCE, prune
from moderation.records import Comment, Report, Site, Submission

_KEPT: Final = timedelta(hours=24)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some submissions that are older than a day; return how many, 0 when none is left."""
    return prune(db, Submission, Submission.created_at < now - _KEPT)


def traceable(db: Session, *, now: datetime, days: int) -> Sequence[str]:
    """Return the ids of some comments and reports whose address hash is older than so many days; only reads.

    Args:
        days: where a site's owner has set no number of its own.
    """
    sites = db.scalars(select(Site)).all()
    own = {site.id: site.policy.address_days for site in sites if site.policy.address_days}
    found = _traceable(db, now - timedelta(days=days), Comment.site_id.not_in(own))
    for site_id, its_days in own.items():
        found += _traceable(db, now - timedelta(days=its_days), Comment.site_id == site_id)
    return found


def count_traceable(db: Session, site_id: str, *, days: int, now: datetime) -> int:
    """Return of how many comments and reports of a site it would be forgotten now where they came from."""
    queries = _older(now - timedelta(days=days), Comment.site_id == site_id)
    return sum(db.scalar(select(func.count()).select_from(query.subquery())) or 0 for query in queries)


def _traceable(db: Session, before: datetime, there: ColumnElement[bool]) -> list[str]:
    return [found for query in _older(before, there) for found in db.scalars(query.limit(AT_ONCE))]


def _older(before: datetime, there: ColumnElement[bool]) -> tuple[Select[str], Select[str]]:
    comments = select(Comment.id).where(there, Comment.created_at < before, Comment.address_hash.is_not(None))
    reports = select(Report.id).join(Comment, Comment.id == Report.comment_id)
    return comments, reports.where(there, Report.created_at < before, Report.address_hash.is_not(None))


def forget_addresses(db: Session, ids: Sequence[str]) -> None:
    """Delete the address hashes of comments and reports."""
    for record in (Comment, Report):
        db.execute(update(record).where(record.id.in_(ids)).values(address_hash=None))
