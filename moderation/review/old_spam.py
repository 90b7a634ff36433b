"""Deletes what has been spam for so many days as its site's owner has set; nothing brings it back."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session, aliased

from moderation.foundation.days import day_of, zone
from moderation.records import Ban, Comment, Decision, Person, Site, Status
from moderation.records.search import drop
from moderation.review.daily import count_purged

# So many at once, so that nobody waits for it.
_AT_ONCE: Final = 200
# More than this is told as “more than”.
MOST: Final = 10_000


def count_old_spam(db: Session, site: Site, *, days: int, now: datetime) -> int:
    """Return how many comments of a site would be deleted now; at most one more than ``MOST``."""
    some = select(Comment.id).where(*_old(site.id, now - timedelta(days=days))).limit(MOST + 1)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def purge(db: Session, *, now: datetime) -> int:
    """Delete some old spam, and guests of whom nothing is left; return how many comments, 0 when none is left."""
    for site in db.scalars(select(Site).order_by(Site.id)):
        days = site.policy.spam_days
        found = db.execute(_some(site.id, now - timedelta(days=days))).all() if days else ()
        if found:
            there = zone(site.policy.time_zone)
            count_purged(db, site.id, Counter(day_of(row.created_at, there) for row in found))
            _delete(db, {row.id for row in found}, {row.person_id for row in found})
            return len(found)
    return 0


def _some(site_id: str, before: datetime) -> Select[str, str, datetime]:
    query = select(Comment.id, Comment.person_id, Comment.created_at).where(*_old(site_id, before))
    return query.order_by(Comment.created_at).limit(_AT_ONCE)


def _old(site_id: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of spam that nobody decided on lately; what was answered keeps its place in the thread."""
    answer = aliased(Comment)
    lately = select(Decision.id).where(Decision.comment_id == Comment.id, Decision.created_at >= before)
    return (
        Comment.site_id == site_id,
        Comment.status == Status.spam,
        Comment.created_at < before,
        ~lately.exists(),
        ~select(answer.id).where(answer.parent_id == Comment.id).exists(),
    )


def _delete(db: Session, comment_ids: set[str], person_ids: set[str]) -> None:
    unseen = {"synchronize_session": False}
    drop(db, comment_ids)
    db.execute(delete(Decision).where(Decision.comment_id.in_(comment_ids)), execution_options=unseen)
    db.execute(delete(Comment).where(Comment.id.in_(comment_ids)), execution_options=unseen)
    written = select(Comment.id).where(Comment.person_id == Person.id).exists()
    banned = select(Ban.id).where(Ban.person_id == Person.id).exists()
    # Nobody can sign in as one of these again.
    guests = (Person.id.in_(person_ids), Person.issuer.is_(None), ~written, ~banned)
    db.execute(delete(Person).where(*guests), execution_options=unseen)
