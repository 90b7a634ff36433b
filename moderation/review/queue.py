"""What a moderator looks through: lists of comments, filtered and searched, with all one needs to decide."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Refused
from moderation.records import Comment, Site, Status
from moderation.records.search import ENTRIES, by_terms, has_terms
from moderation.review.context import Waiting, look, with_context
from moderation.review.wanted import Tab, Wanted, everything, parts

__all__ = [
    "COUNTED_TO",
    "FEW",
    "FOUND_TO",
    "Slice",
    "Tab",
    "Waiting",
    "Wanted",
    "count",
    "counts",
    "look",
    "places",
    "queue",
    "slice_of",
]

# Nobody needs to know a longer list's length exactly, and counting takes its time; what is searched, each its own.
COUNTED_TO: Final = 10_000
FOUND_TO: Final = 1000
FEW: Final = 2000

Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of a queue. ``next`` is where the following slice begins, None at the end."""

    items: tuple[Waiting, ...]
    next: str | None


def queue(
    db: Session,
    *,
    site_ids: Collection[str],
    status: Status | Tab,
    after: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
) -> Slice:
    """Return a slice of the comments of a status, oldest first unless asked otherwise.

    Raises:
        Refused: when ``after``, from a stranger, is no place in a queue.
    """
    wanted = Wanted(site_ids=tuple(site_ids), tab=Tab(status.value))
    return slice_of(db, wanted, after=after, limit=limit, newest_first=newest_first)


def slice_of(
    db: Session, wanted: Wanted, *, after: str | None = None, limit: int = 50, newest_first: bool = False
) -> Slice:
    """Return a slice of what is wanted, oldest first unless asked otherwise.

    Raises:
        Refused: when ``after``, from a stranger, is no place in a queue.
    """
    start = _place(after) if after else None
    found = places(db, wanted, after=start, limit=limit + 1, newest_first=newest_first)
    here = found[:limit]
    query = select(Comment).where(Comment.id.in_([comment_id for _, comment_id in here]))
    rows = db.scalars(query.options(joinedload(Comment.page), joinedload(Comment.person)))
    comments = {comment.id: comment for comment in rows}
    following = here[-1] if len(found) > limit else None
    return Slice(
        items=with_context(db, [comments[comment_id] for _, comment_id in here]),
        next=f"{following[0].isoformat()}~{following[1]}" if following else None,
    )


def places(
    db: Session,
    wanted: Wanted,
    *,
    after: Place | None = None,
    limit: int,
    newest_first: bool = False,
    few: int = FEW,
) -> list[Place]:
    """Return when the comments that are wanted were written, and their ids, in order.

    Args:
        after: only what comes after this place.
        limit: how many at most.
        few: so many comments are looked through word by word; among more, the search's index is asked first.
    """
    if wanted.search and len(_merged(db, replace(wanted, search=""), None, few + 1, newest_first)) > few:
        return _searched(db, wanted, after, limit, newest_first)
    return _merged(db, wanted, after, limit, newest_first)


def count(db: Session, wanted: Wanted, *, up_to: int = COUNTED_TO) -> int:
    """Return how many comments are wanted, or, where there are more than ``up_to``, one more than that."""
    if wanted.search:
        return len(places(db, wanted, limit=up_to + 1))
    total = 0
    for conditions in parts(db, wanted):
        narrowed = select(Comment.site_id).where(*conditions)
        if wanted.tab is Tab.reported:
            # Where they stand together in an index; what is shown in order of time is found by another.
            narrowed = narrowed.where(Comment.reported > 0)
        some = narrowed.limit(up_to + 1 - total).subquery()
        total += db.scalar(select(func.count()).select_from(some)) or 0
        if total > up_to:
            break
    return total


def counts(db: Session, site_ids: Collection[str]) -> dict[Status | Tab, int]:
    """Return how many comments of these sites stand where, as ``count`` does.

    Approved ones whose edit waits count as waiting too.
    """
    sites = tuple(site_ids)
    found: dict[Status | Tab, int] = dict.fromkeys(Status, 0)
    found.update({tab: count(db, Wanted(site_ids=sites, tab=tab)) for tab in Tab if tab is not Tab.all})
    return found


def sizes(db: Session) -> dict[str, int]:
    """Return how many comments wait, by the key of each site."""
    waiting = select(Comment.site_id, func.count().label("number")).where(Comment.status == Status.waiting)
    counted = waiting.group_by(Comment.site_id).subquery()
    query = select(Site.key, func.coalesce(counted.c.number, 0)).outerjoin(counted, counted.c.site_id == Site.id)
    return {row[0]: row[1] for row in db.execute(query)}


def _merged(db: Session, wanted: Wanted, after: Place | None, limit: int, newest_first: bool) -> list[Place]:
    """Take the beginning of each part, and of these together the beginning."""
    found: list[Place] = []
    for conditions in parts(db, wanted):
        query = select(Comment.created_at, Comment.id).where(*conditions)
        if wanted.search:
            query = query.where(has_terms(db, wanted.search, Comment.__table__.c.id))
        rows = db.execute(_ordered(query, after, newest_first).limit(limit))
        found += [(moment, key) for moment, key in rows.all()]
    return sorted(found, reverse=newest_first)[:limit]


def _ordered(query: Any, after: Place | None, newest_first: bool) -> Any:
    key = tuple_(Comment.created_at, Comment.id)
    if after is not None:
        query = query.where(key < tuple_(*after) if newest_first else key > tuple_(*after))
    return query.order_by(*(column.desc() if newest_first else column for column in (Comment.created_at, Comment.id)))


def _searched(db: Session, wanted: Wanted, after: Place | None, limit: int, newest_first: bool) -> list[Place]:
    """Let the search's index lead, in the order in which comments came; what else is wanted is looked up for each."""
    index, number, found = by_terms(db, wanted.search)
    query = select(Comment.created_at, Comment.id).where(found, Comment.id == ENTRIES.c.comment_id, *everything(wanted))
    if index is not ENTRIES:
        query = query.where(ENTRIES.c.number == number)
    if after is not None:
        start = select(ENTRIES.c.number).where(ENTRIES.c.comment_id == after[1])
        at = db.scalar(start)
        if at is not None:
            query = query.where(number < at if newest_first else number > at)
    query = query.order_by(number.desc() if newest_first else number).limit(limit)
    return [(moment, key) for moment, key in db.execute(query).all()]


def _place(after: str) -> Place:
    moment, _, comment_id = after.partition("~")
    try:
        created_at = datetime.fromisoformat(moment)
    except ValueError:
        created_at = None
    if created_at is None or created_at.tzinfo is None or not (comment_id.isascii() and comment_id.isidentifier()):
        raise Refused("after: is not a place in the queue.", field="after")
    return created_at, comment_id
