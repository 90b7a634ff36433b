"""Goes through a list of comments a piece at a time: in order, and with a bound to how much is looked through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, case, func, select, tuple_
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.records import Comment
from moderation.records.search import ENTRIES
from moderation.review.search import found_in, has_terms, number_of, stretch_of
from moderation.review.wanted import Tab, Wanted, everything, parts

_DIGITS: Final = 18
_AT_ONCE: Final = 200

# Where a comment stands in a list: when it was written, and its id; in a search among very many, its entry's number.
Place = tuple[datetime, str] | int


class Found(NamedTuple):
    """A comment, and its place in the list."""

    created_at: datetime
    comment_id: str
    number: int | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the list that it was found in."""
        return (self.created_at, self.comment_id) if self.number is None else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is looked through in one go.

    Args:
        few: so many comments are looked through word by word; among more, the search's own order leads.
        most: so many comments that have the words are compared with the filters.
        rare: so many entries the search's index may find before it knows the first ones.
        length: so many entries are read one by one where PostgreSQL's index would find more.
    """

    few: int = 2000
    most: int = 10_000
    rare: int = 6000
    length: int = 100_000


USUAL: Final = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some of a list: fewer than were asked for, or none, where little was found in what was looked through.

    ``next`` is the place after which the next piece begins, None at the end.
    """

    found: list[Found]
    next: Place | None


def piece_of(
    db: Session,
    wanted: Wanted,
    *,
    after: Place | None = None,
    limit: int,
    newest_first: bool = False,
    bounds: Bounds = USUAL,
) -> Piece:
    """Return the next comments that are wanted, in order.

    Args:
        after: only what comes after this place.
        limit: how many at most.

    Raises:
        Refused: ``after`` is a place in a search, and this is none.
    """
    if not wanted.search:
        if isinstance(after, int):
            raise Refused("after: is not a place in the queue.", field="after")
        return _merged(db, wanted, after, limit, newest_first)
    if not isinstance(after, int):
        if size(db, wanted, up_to=bounds.few) <= bounds.few:
            return _merged(db, wanted, after, limit, newest_first)
        after = number_of(db, after[1]) if after else None
    return _searched(db, wanted, after, limit, newest_first, bounds)


def size(db: Session, wanted: Wanted, *, up_to: int) -> int:
    """Return how many comments a list has, its search left out, or, where there are more than ``up_to``, one more."""
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


def in_words(place: Place) -> str:
    """Return a place as it stands in an address."""
    return str(place) if isinstance(place, int) else f"{place[0].isoformat()}~{place[1]}"


def place_in(words: str) -> Place:
    """Return the place that an address names.

    Raises:
        Refused: when the words, from a stranger, are none.
    """
    if words.isascii() and words.isdecimal() and len(words) <= _DIGITS:
        return int(words)
    moment, _, comment_id = words.partition("~")
    try:
        created_at = datetime.fromisoformat(moment)
    except ValueError:
        created_at = None
    if created_at is None or created_at.tzinfo is None or not (comment_id.isascii() and comment_id.isidentifier()):
        raise Refused("after: is not a place in the queue.", field="after")
    return created_at, comment_id


def _merged(db: Session, wanted: Wanted, after: tuple[datetime, str] | None, limit: int, newest_first: bool) -> Piece:
    """Take the beginning of each part, and of these together the beginning."""
    found: list[Found] = []
    for conditions in parts(db, wanted):
        query = select(Comment.created_at, Comment.id).where(*conditions)
        if wanted.search:
            query = query.where(has_terms(db, wanted.search, Comment.__table__.c.id))
        rows = db.execute(_ordered(query, after, newest_first).limit(limit + 1))
        found += [Found(moment, key) for moment, key in rows.all()]
    found.sort(reverse=newest_first)
    return Piece(found=found[:limit], next=found[limit - 1].place if len(found) > limit else None)


def _ordered(query: Any, after: tuple[datetime, str] | None, newest_first: bool) -> Any:
    key = tuple_(Comment.created_at, Comment.id)
    if after is not None:
        query = query.where(key < tuple_(*after) if newest_first else key > tuple_(*after))
    return query.order_by(*(column.desc() if newest_first else column for column in (Comment.created_at, Comment.id)))


def _searched(db: Session, wanted: Wanted, after: int | None, limit: int, newest_first: bool, bounds: Bounds) -> Piece:
    """Look through a stretch of the search's entries, in the order in which comments came.

    All that have the words come, one by one, with the comment if it fits, so that one knows how far one has looked.
    """
    stretch = stretch_of(
        db, wanted.search, after=after, newest_first=newest_first, length=bounds.length, rare=bounds.rare
    )
    if stretch is None:
        return Piece(found=[], next=None)
    query = found_in(db, wanted.search, stretch, newest_first=newest_first)
    # Not as conditions, for which PostgreSQL might take an index of something else that most comments have.
    fits = and_(*everything(wanted))
    query = query.join(Comment, Comment.id == ENTRIES.c.comment_id).limit(bounds.most)
    query = query.add_columns(case((fits, Comment.created_at)), case((fits, Comment.id)))
    found: list[Found] = []
    looked, last = 0, None
    with db.execute(query, execution_options={"yield_per": _AT_ONCE}) as rows:
        for number, created_at, comment_id in rows:
            if comment_id is not None:
                if len(found) == limit:
                    return Piece(found=found, next=found[-1].place)
                found.append(Found(created_at, comment_id, number))
            looked, last = looked + 1, number
    if looked == bounds.most:
        return Piece(found=found, next=last)
    end = stretch.least if newest_first else stretch.greatest
    return Piece(found=found, next=None if stretch.is_last else end)
