"""Finds comments by words of their texts and writers' names: among few, and a stretch at a time among very many."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, literal_column, select
from sqlalchemy.orm import Session

from moderation.foundation.terms import sought
from moderation.records import Comment
from moderation.records.search import ENTRIES, INDEX, OfPostgresql

# Each with whether it may be only the beginning of one.
Terms = tuple[tuple[str, bool], ...]

# Of so many times as many comments as are few, PostgreSQL's index is still read.
_READ: Final = 10
# Of so many letters are the longest beginnings of words that SQLite's index knows; longer ones it has to gather.
_LONGEST: Final = 5
# So that PostgreSQL's index of them is not used.
_ASIDE: Final = func.coalesce(ENTRIES.c.terms, cast("", OfPostgresql("TSVECTOR")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some of the entries, by the least and the greatest of their numbers.

    ``is_last`` tells that none come after these; ``led_by`` are the terms that an index shall find there.
    """

    least: int
    greatest: int
    is_last: bool
    led_by: Terms


def has_terms(db: Session, query: str, comment_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a comment is found by a query, for when few are left to look through.

    Args:
        query: whatever a person typed.
    """
    wanted = sought(query)
    entry = select(literal(1)).where(ENTRIES.c.comment_id == comment_id)
    if not wanted:
        return literal_column("1 = 0")
    if not _is_sqlite(db):
        return entry.where(_matches(_ASIDE, wanted)).exists()
    return entry.where(_says(wanted)).exists()


def stretch_of(
    db: Session, query: str, *, after: int | None, newest_first: bool, length: int, rare: int
) -> Stretch | None:
    """Return which entries to look through for a query: all, where an index quickly finds the first ones; else so many.

    SQLite's index has the entries of each word in order, but for long beginnings of words. PostgreSQL's has to read
    all of them, and those of every word that begins so: that it can only do for rare ones. Where there are none, the
    entries themselves are read one by one.

    Args:
        query: whatever a person typed.
        after: the number of the entry behind which to begin.
        length: of how many numbers the entries are read one by one.
        rare: so many entries the index may find before it knows the first ones.

    Returns None where there is nothing to look through.
    """
    wanted = sought(query)
    end, start = _outermost(db, newest_first), _outermost(db, not newest_first, after=after)
    if not wanted or start is None or end is None:
        return None
    led_by = _at_hand(db, wanted, rare) if _is_sqlite(db) else _rare(db, wanted, rare)
    if not led_by:
        end = max(end, start - length + 1) if newest_first else min(end, start + length - 1)
    return Stretch(
        least=min(start, end), greatest=max(start, end), is_last=end == _outermost(db, newest_first), led_by=led_by
    )


def found_in(db: Session, query: str, stretch: Stretch, *, newest_first: bool) -> Select[Any]:
    """Return the statement that finds the numbers of the entries with a query, in order.

    Args:
        query: whatever a person typed; it has a term.
    """
    wanted = sought(query)
    number: ColumnElement[int] = ENTRIES.c.number
    order = number
    others = tuple(term for term in wanted if term not in stretch.led_by)
    if _is_sqlite(db):
        number = order = INDEX.c.rowid
        found = select(number).join(ENTRIES, ENTRIES.c.number == number).where(_has(stretch.led_by))
        if others:
            found = found.where(_says(others))
    else:
        found = select(number)
        if stretch.led_by:
            # Only the index of the terms is of use here, since none has this order.
            order = number + 0
            found = found.where(_matches(ENTRIES.c.terms, stretch.led_by))
        if others:
            found = found.where(_matches(_ASIDE, others))
    found = found.where(number >= stretch.least, number <= stretch.greatest)
    return found.order_by(order.desc() if newest_first else order)


def number_of(db: Session, comment_id: str) -> int | None:
    """Return the number of a comment's entry."""
    return db.scalar(select(ENTRIES.c.number).where(ENTRIES.c.comment_id == comment_id))


def written_at(db: Session, number: int) -> datetime | None:
    """Return when the comment was written whose entry has a number, or the last one before it."""
    query = select(Comment.created_at).join(ENTRIES, ENTRIES.c.comment_id == Comment.id)
    return db.scalar(query.where(ENTRIES.c.number <= number).order_by(ENTRIES.c.number.desc()).limit(1))


def _outermost(db: Session, oldest: bool, *, after: int | None = None) -> int | None:
    """Return the number of the first entry there is, or of the last; of those after a number, where one is given."""
    number = ENTRIES.c.number
    query = select(func.min(number) if oldest else func.max(number))
    if after is not None:
        query = query.where(number > after if oldest else number < after)
    return db.scalar(query)


def _at_hand(db: Session, wanted: Terms, rare: int) -> Terms:
    """Return the terms that SQLite's index shall find: not long beginnings of words, where the others are rare."""
    some = tuple((term, begins) for term, begins in wanted if not begins or len(term) <= _LONGEST)
    if not some or some == wanted:
        return wanted
    few = select(INDEX.c.rowid).where(_has(some)).limit(rare + 1).subquery()
    return some if (db.scalar(select(func.count()).select_from(few)) or 0) <= rare else wanted


def _has(wanted: Terms) -> ColumnElement[bool]:
    match = " AND ".join(f'"{term}" *' if begins else f'"{term}"' for term, begins in wanted)
    found: ColumnElement[bool] = INDEX.c.search_index.op("MATCH")(match)
    return found


def _says(wanted: Terms) -> ColumnElement[bool]:
    padded = literal(" ").concat(ENTRIES.c.terms).concat(" ")
    return and_(*(func.instr(padded, f" {term}" if begins else f" {term} ") > 0 for term, begins in wanted))


def _rare(db: Session, wanted: Terms, rare: int) -> Terms:
    """Return the terms that PostgreSQL's index shall find, none where it would find too much."""
    some = tuple(term for term in wanted if _estimate(db, (term,)) <= _READ * rare)
    return some if some and _estimate(db, some) <= rare else ()


def _estimate(db: Session, wanted: Terms) -> int:
    """Return how many entries have all these terms, as PostgreSQL estimates."""
    query = select(ENTRIES.c.number).where(_matches(ENTRIES.c.terms, wanted))
    compiled = query.compile(db.get_bind())
    asked = db.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", dict(compiled.params))
    return int(asked.scalar_one()[0]["Plan"]["Plan Rows"])


def _matches(terms: ColumnElement[str], wanted: Terms) -> ColumnElement[bool]:
    query = " & ".join(f"'{term}':*" if begins else f"'{term}'" for term, begins in wanted)
    found: ColumnElement[bool] = terms.op("@@")(cast(literal(query, Text), OfPostgresql("TSQUERY")))
    return found


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
