"""Keeps daily sums of what came in and how it was decided, so that a year's figures are read at once.

The days on which something changed are counted anew from the comments themselves; so an undone decision, or an edit,
leaves no trace, and a count that was broken off is begun again.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.days import bounds, day_of, days_between, zone
from moderation.foundation.insert import add_up
from moderation.records import Comment, Daily, DecidedBy, Decision, Finding, Site, Status, Verdict

COMMENTS: Final = "comments"
PURGED: Final = "purged"
PAGES: Final = "pages"
DECIDED: Final = "decided"
NOTICED: Final = "noticed"
JUDGED: Final = "judged"
OTHERWISE: Final = "otherwise"
_COUNTED: Final = (COMMENTS, PAGES, DECIDED, NOTICED, JUDGED, OTHERWISE)
# Another machine's clock, or a long transaction, may put something a little before our last look.
_OVERLAP: Final = timedelta(minutes=5)


def count(database: Database, *, now: datetime, go_on: Callable[[], bool]) -> None:
    """Count the days anew on which something changed since the last time, site after site.

    Args:
        go_on: tells whether there is time for another day.
    """
    with database.reading() as db:
        sites = db.scalars(select(Site).order_by(Site.id)).all()
        stale = {site.id: stale_days(db, site, now) for site in sites}
    for site in sites:
        there = zone(site.policy.time_zone)
        for day in stale[site.id]:
            if not go_on():
                return
            with database.transaction() as db:
                count_day(db, site.id, day, there)
        if stale[site.id] or site.counted_at is None:
            with database.transaction() as db:
                current = db.get_one(Site, site.id, with_for_update={"key_share": True})
                # Another time zone since: all is to be counted again.
                if current.policy.time_zone == site.policy.time_zone:
                    current.counted_at = now


def stale_days(db: Session, site: Site, now: datetime) -> Sequence[date]:
    """Return the days of a site whose sums may not be true any more."""
    there = zone(site.policy.time_zone)
    if site.counted_at is None:
        first = min(filter(None, (_first(db, site.id, status) for status in Status)), default=None)
        return days_between(day_of(first, there), day_of(now, there)) if first else ()
    since = site.counted_at - _OVERLAP
    written = select(Comment.created_at).where(
        Comment.site_id == site.id, Comment.status.in_(list(Status)), Comment.created_at >= since
    )
    decided = (
        select(Comment.created_at)
        .join(Decision, Decision.comment_id == Comment.id)
        .where(Decision.site_id == site.id, Decision.created_at >= since)
    )
    moments = {*db.scalars(written), *db.scalars(decided)}
    return sorted({day_of(moment, there) for moment in moments})


def count_day(db: Session, site_id: str, day: date, there: tzinfo) -> None:
    """Count one day of a site, and put the sums in the place of the former ones."""
    # Two who count the same day take turns.
    db.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))
    begin, end = bounds(day, there)
    sums = _sums(db, site_id, begin, end)
    db.execute(delete(Daily).where(Daily.site_id == site_id, Daily.day == day, Daily.kind.in_(_COUNTED)))
    rows = [
        {"site_id": site_id, "day": day, "kind": kind, "name": name, "number": number}
        for (kind, name), number in sums.items()
        if number
    ]
    if rows:
        db.execute(insert(Daily), rows)


def count_purged(db: Session, site_id: str, days: Counter[date]) -> None:
    """Keep how many comments of each day were deleted as old spam, since nothing else tells any more."""
    for day, number in sorted(days.items()):
        add_up(db, Daily, site_id=site_id, kind=PURGED, day=day, name=Status.spam.value, number=number)


def _sums(db: Session, site_id: str, begin: datetime, end: datetime) -> Counter[tuple[str, str]]:
    theirs = (
        Comment.site_id == site_id,
        Comment.status.in_(list(Status)),
        Comment.created_at >= begin,
        Comment.created_at < end,
    )
    sums: Counter[tuple[str, str]] = Counter()
    stands = {}
    written = select(Comment.id, Comment.status, Comment.page_id, Comment.created_at).where(*theirs)
    for row in db.execute(written):
        stands[row.id] = row
        sums[COMMENTS, row.status.value] += 1
        sums[PAGES, row.page_id] += row.status is Status.approved
    first = (
        select(Decision.comment_id, func.min(Decision.created_at).label("at"))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(*theirs, Decision.by == DecidedBy.moderator)
        .group_by(Decision.comment_id)
    )
    decided = {row.comment_id: row.at for row in db.execute(first)}
    took = sorted(
        max(int((at - stands[key].created_at).total_seconds()), 0) for key, at in decided.items() if key in stands
    )
    if took:
        sums[DECIDED, "count"] = len(took)
        sums[DECIDED, "median"] = max(percentile(took, 50), 1)
        sums[DECIDED, "p90"] = max(percentile(took, 90), 1)
    found = select(Finding.comment_id, Finding.rule, Finding.verdict).join(Comment, Comment.id == Finding.comment_id)
    for told in db.execute(found.where(*theirs, Finding.number == Comment.latest)):
        status = stands[told.comment_id].status if told.comment_id in stands else None
        sums[NOTICED, told.rule] += 1
        if told.comment_id in decided and status in (Status.approved, Status.rejected, Status.spam):
            sums[JUDGED, told.rule] += 1
            sums[OTHERWISE, told.rule] += (told.verdict is Verdict.approve) is not (status is Status.approved)
    return sums


def percentile(ordered: Sequence[int], share: int) -> int:
    """Return the smallest of some ordered numbers that so many percent do not exceed."""
    return ordered[max(math.ceil(len(ordered) * share / 100), 1) - 1]


def _first(db: Session, site_id: str, status: Status) -> datetime | None:
    theirs = select(Comment.created_at).where(Comment.site_id == site_id, Comment.status == status)
    return db.scalar(theirs.order_by(Comment.created_at).limit(1))
