"""Notices that were given up: an owner sees them, has them sent again, or drops them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing
from moderation.records import Moderator, Notice, Person, Site, Webhook, host_of

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A notice that was given up, and whom it was for: a moderator's or a commenter's name, or a webhook's host, empty
    for others."""

    notice: Notice
    site: Site
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """How many notices are tried again, since when the oldest was due, and what went wrong last."""

    count: int
    since: datetime
    problem: str


def undelivered(db: Session, site_ids: Collection[str]) -> Sequence[Undelivered]:
    """Return what was given up on some sites, the newest first, at most a hundred."""
    query = (
        select(Notice, Site, func.coalesce(Moderator.name, Person.name, ""), func.coalesce(Webhook.url, ""))
        .join(Site, Site.id == Notice.site_id)
        .outerjoin(Moderator, Moderator.id == Notice.moderator_id)
        .outerjoin(Person, Person.id == Notice.person_id)
        .outerjoin(Webhook, Webhook.id == Notice.webhook_id)
        .where(*_given_up(site_ids))
        .order_by(Notice.dead_at.desc(), Notice.id)
        .limit(SHOWN)
    )
    return [
        Undelivered(notice=notice, site=site, name=host_of(url) if url else name)
        for notice, site, name, url in db.execute(query)
    ]


def count_undelivered(db: Session, site_ids: Collection[str]) -> int:
    """Return how many notices were given up on some sites."""
    return db.scalar(select(func.count(Notice.id)).where(*_given_up(site_ids))) or 0


def delayed(db: Session, site_ids: Collection[str]) -> Delayed | None:
    """Return what is tried again at the moment, None when everything goes well."""
    tried = (Notice.site_id.in_(site_ids), Notice.finished.is_(False), Notice.problem.is_not(None))
    count, since = db.execute(select(func.count(Notice.id), func.min(Notice.created_at)).where(*tried)).one()
    if not count:
        return None
    newest = select(Notice.problem).where(*tried).order_by(Notice.due_at.desc()).limit(1)
    return Delayed(count=count, since=since, problem=db.scalar(newest) or "")


def send_again(db: Session, site_ids: Collection[str], notice_id: str, *, now: datetime) -> None:
    """Have a notice that was given up tried again, from the beginning.

    Raises:
        Missing: there is none on these sites.
        Conflict: it is not given up any more, or its webhook is off.
    """
    notice = _locked(db, site_ids, notice_id)
    if not _try_again(db, notice, now):
        raise Conflict("Its webhook is off. Switch it on first, then send this again.", code="closed")


def send_all_again(db: Session, site_ids: Collection[str], *, now: datetime) -> int:
    """Have all that was given up tried again, but for what is to go to webhooks that are off; return how many."""
    notices = db.scalars(select(Notice).where(*_given_up(site_ids)).with_for_update()).all()
    return sum(_try_again(db, notice, now) for notice in notices)


def drop(db: Session, site_ids: Collection[str], notice_id: str, *, now: datetime) -> None:
    """Take a notice that was given up off the list.

    Raises:
        Missing: there is none on these sites.
        Conflict: it is not given up any more.
    """
    _locked(db, site_ids, notice_id).dropped_at = now


def keep(db: Session, site_ids: Collection[str], notice_id: str) -> None:
    """Put a notice that was dropped back on the list.

    Raises:
        Missing: there is none on these sites.
    """
    query = select(Notice).where(Notice.id == notice_id, Notice.site_id.in_(site_ids), Notice.dead_at.is_not(None))
    notice = db.scalar(query.with_for_update())
    if notice is None:
        raise Missing("There is no such notice any more.")
    notice.dropped_at = None


def _given_up(site_ids: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        Notice.site_id.in_(site_ids),
        Notice.finished.is_(True),
        Notice.dead_at.is_not(None),
        Notice.dropped_at.is_(None),
    )


def _locked(db: Session, site_ids: Collection[str], notice_id: str) -> Notice:
    query: Select[Notice] = select(Notice).where(Notice.id == notice_id, Notice.site_id.in_(site_ids))
    notice = db.scalar(query.with_for_update())
    if notice is None:
        raise Missing("There is no such notice any more.")
    if notice.dead_at is None or notice.dropped_at is not None:
        raise Conflict("Somebody has dealt with this notice already.", code="already")
    return notice


def _try_again(db: Session, notice: Notice, now: datetime) -> bool:
    webhook = db.get(Webhook, notice.webhook_id) if notice.webhook_id else None
    if webhook is not None:
        if not webhook.enabled:
            return False
        webhook.next_at = None
    notice.finished, notice.dead_at, notice.attempts, notice.due_at = False, None, 0, now
    return True
