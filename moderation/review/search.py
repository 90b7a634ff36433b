"""Finds comments by words of their texts and writers' names: among few, and a stretch at a time among very many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, literal_column, select
from sqlalchemy.orm import Session

from moderation.foundation.terms import sought
from moderation.records import Comment
from moderation.records.search import ENTRIES, INDEX, OfPostgresql


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some of the entries, by the least and the greatest of their numbers.

    ``is_last`` tells that none come after these; ``by_index`` that the index shall find what is looked for.
    """

    least: int
    greatest: int
    is_last: bool
    by_index: bool


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
        return entry.where(_matches(ENTRIES.c.terms, wanted)).exists()
    padded = literal(" ").concat(ENTRIES.c.terms).concat(" ")
    said = (func.instr(padded, f" {term}" if begins else f" {term} ") > 0 for term, begins in wanted)
    return entry.where(and_(*said)).exists()


def stretch_of(
    db: Session, query: str, *, after: int | None, newest_first: bool, length: int, rare: int
) -> Stretch | None:
    """Return which entries to look through for a query: all, where an index quickly finds the first ones; else so many.

    SQLite's index has the entries of each word in order. PostgreSQL's has to read all of them, and can only do that for
    rare words; for others, the entries themselves are read one by one.

    Args:
        query: whatever a person typed.
        after: the number of the entry behind which to begin.
        length: of how many numbers the entries are read one by one.
        rare: where PostgreSQL expects to find no more than so many, its index does.

    Returns None where there is nothing to look through.
    """
    wanted = sought(query)
    end, start = _outermost(db, newest_first), _outermost(db, not newest_first, after=after)
    if not wanted or start is None or end is None:
        return None
    by_index = _is_sqlite(db) or _estimate(db, wanted) <= rare
    if not by_index:
        end = max(end, start - length + 1) if newest_first else min(end, start + length - 1)
    return Stretch(
        least=min(start, end), greatest=max(start, end), is_last=end == _outermost(db, newest_first), by_index=by_index
    )


def found_in(db: Session, query: str, stretch: Stretch, *, newest_first: bool) -> Select[Any]:
    """Return the statement that finds the numbers of the entries with a query, in order.

    Args:
        query: whatever a person typed; it has a term.
    """
    wanted = sought(query)
    number: ColumnElement[int] = ENTRIES.c.number
    order = number
    if _is_sqlite(db):
        number = order = INDEX.c.rowid
        match = " AND ".join(f'"{term}" *' if begins else f'"{term}"' for term, begins in wanted)
        found = select(number).join(ENTRIES, ENTRIES.c.number == number)
        found = found.where(INDEX.c.search_index.op("MATCH")(match))
    elif stretch.by_index:
        # Only the index of the terms is of use here, since none has this order.
        order = number + 0
        found = select(number).where(_matches(ENTRIES.c.terms, wanted))
    else:
        # Of no use here, since it would read all about each word that begins so.
        terms = func.coalesce(ENTRIES.c.terms, cast("", OfPostgresql("TSVECTOR")))
        found = select(number).where(_matches(terms, wanted))
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


def _estimate(db: Session, wanted: Sequence[tuple[str, bool]]) -> int:
    """Return how many entries have all these terms, as PostgreSQL estimates."""
    query = select(ENTRIES.c.number).where(_matches(ENTRIES.c.terms, wanted))
    compiled = query.compile(db.get_bind())
    asked = db.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", dict(compiled.params))
    return int(asked.scalar_one()[0]["Plan"]["Plan Rows"])


def _matches(terms: ColumnElement[str], wanted: Sequence[tuple[str, bool]]) -> ColumnElement[bool]:
    query = " & ".join(f"'{term}':*" if begins else f"'{term}'" for term, begins in wanted)
    found: ColumnElement[bool] = terms.op("@@")(cast(literal(query, Text), OfPostgresql("TSQUERY")))
    return found


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
