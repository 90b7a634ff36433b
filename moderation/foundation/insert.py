"""Inserting a row that may be there already, the same on SQLite and PostgreSQL."""

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import DeclarativeBase, Session


def insert_missing(db: Session, record: type[DeclarativeBase], **values: Any) -> bool:
    """Insert a row unless one with the same unique values stands; tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same row.
    """
    statement = _insert(db, record).values(**values).on_conflict_do_nothing()
    # On PostgreSQL the count is gone with the cursor unless it is asked for.
    result = db.execute(statement, execution_options={"preserve_rowcount": True})
    return cast("CursorResult[Any]", result).rowcount == 1


def add_up(db: Session, record: type[DeclarativeBase], *, number: int, **keys: Any) -> None:
    """Add to the ``number`` of the row with these keys; the row is made where there is none."""
    statement = _insert(db, record).values(**keys, number=number)
    total = record.__table__.c.number + statement.excluded.number
    db.execute(statement.on_conflict_do_update(index_elements=list(keys), set_={"number": total}))


def _insert(db: Session, record: type[DeclarativeBase]) -> Any:
    # Each dialect is several MB, and only one is in use.
    if db.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(record)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(record)
