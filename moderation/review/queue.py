"""What a moderator looks through: lists of comments, filtered and searched, with all one needs to decide."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from moderation.records import Comment, Site, Status
from moderation.review.context import Waiting, look, with_context
from moderation.review.piece import USUAL, Bounds, in_words, piece_of, place_in, size
from moderation.review.search import written_at
from moderation.review.wanted import Tab, Wanted

__all__ = [
    "COUNTED_TO",
    "FOUND_TO",
    "Slice",
    "Tab",
    "Waiting",
    "Wanted",
    "count",
    "counts",
    "look",
    "queue",
    "slice_of",
]

# Nobody needs to know a longer list's length exactly, and counting takes its time; what is searched, each its own.
COUNTED_TO: Final = 10_000
FOUND_TO: Final = 1000
# For when all is counted: fewer and longer turns.
AT_LENGTH: Final = Bounds(length=500_000, most=50_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many comments are wanted; ``more`` where it may be more, since counting ended there."""

    number: int
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of a queue. ``next`` is where the following slice begins, None at the end.

    A search may have looked through a part only, and found less than a slice, or nothing; then ``reached`` is when the
    last comment was written that it looked at. ``total`` is how many are wanted, where that was asked for.
    """

    items: tuple[Waiting, ...]
    next: str | None
    reached: datetime | None = None
    total: Total | None = None


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
    db: Session,
    wanted: Wanted,
    *,
    after: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
    counted: bool = False,
    bounds: Bounds = USUAL,
) -> Slice:
    """Return a slice of what is wanted, oldest first unless asked otherwise.

    Args:
        counted: with a search, look ahead to tell how much it finds; only at the beginning.

    Raises:
        Refused: when ``after``, from a stranger, is no place in a queue.
    """
    start, most = place_in(after) if after else None, FOUND_TO if counted else limit
    piece = piece_of(db, wanted, after=start, limit=most, newest_first=newest_first, bounds=bounds)
    here, following = piece.found[:limit], piece.next
    if len(piece.found) > limit:
        following = here[-1].place
    query = select(Comment).where(Comment.id.in_([one.comment_id for one in here]))
    rows = db.scalars(query.options(joinedload(Comment.page), joinedload(Comment.person)))
    comments = {comment.id: comment for comment in rows}
    return Slice(
        items=with_context(db, [comments[one.comment_id] for one in here]),
        next=None if following is None else in_words(following),
        reached=written_at(db, following) if isinstance(following, int) and len(here) < limit else None,
        total=Total(number=len(piece.found), more=piece.next is not None) if counted else None,
    )


def count(db: Session, wanted: Wanted, *, up_to: int = COUNTED_TO, bounds: Bounds = AT_LENGTH) -> int:
    """Return how many comments are wanted, or, where there are more than ``up_to``, one more than that.

    What is searched for is looked for everywhere, however long that takes.
    """
    if not wanted.search:
        return size(db, wanted, up_to=up_to)
    total, after = 0, None
    while True:
        piece = piece_of(db, wanted, after=after, limit=min(bounds.most, up_to + 1 - total), bounds=bounds)
        total, after = total + len(piece.found), piece.next
        if after is None or total > up_to:
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
