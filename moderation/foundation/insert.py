"""Inserting rows, new ones or such as may be there already, the same on SQLite and PostgreSQL."""

from functools import cache
from typing import Any

from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.schema import DefaultGenerator

from moderation.foundation.prepared import Prepared, prepared_insert


def insert_new(db: Session, record: DeclarativeBase) -> None:
    """Insert a new record at once; from then on it stands in the session like one that was read.

    A flush takes four times as long: it looks for all that has changed, and sorts it. What the record refers to must be
    stored already.
    """
    insert_one, columns, defaults = _new(type(record))
    values = instance_dict(record)
    for name, value in defaults.items():
        values.setdefault(name, value)
    db.flush()
    insert_one(db, **{name: values[name] for name in columns})
    make_transient_to_detached(record)
    db.add(record)
    # A session lets go of what nobody else holds, and this is likely to be asked for soon.
    db.info.setdefault("new", []).append(record)


def insert_missing(db: Session, record: type[DeclarativeBase], **values: Any) -> bool:
    """Insert a row unless one with the same unique values stands; tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same row.
    """
    statement = _missing(record, db.get_bind().dialect.name)
    db.flush()
    # On PostgreSQL the count is gone with the cursor unless it is asked for.
    return db.connection().execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount == 1


def add_up(db: Session, record: type[DeclarativeBase], *, number: int, **keys: Any) -> None:
    """Add to the ``number`` of the row with these keys; the row is made where there is none."""
    statement = _insert(record, db.get_bind().dialect.name).values(**keys, number=number)
    total = record.__table__.c.number + statement.excluded.number
    db.execute(statement.on_conflict_do_update(index_elements=list(keys), set_={"number": total}))


@cache
def _new(kind: type[DeclarativeBase]) -> tuple[Prepared, tuple[str, ...], dict[str, Any]]:
    """Return what inserts one record of a kind, its columns, and what they hold where nothing was given.

    A default that is computed has to be given: SQLAlchemy could make it, but would not tell the record.
    """
    defaults = {column.name: column.default for column in kind.__table__.columns}
    plain = {name: getattr(default, "arg", None) for name, default in defaults.items() if _is_plain(default)}
    return prepared_insert(kind), tuple(defaults), plain


def _is_plain(default: DefaultGenerator | None) -> bool:
    return default is None or default.is_scalar


@cache
def _missing(record: type[DeclarativeBase], dialect: str) -> Any:
    return _insert(record, dialect).on_conflict_do_nothing()


@cache
def _insert(record: type[DeclarativeBase], dialect: str) -> Any:
    # Each dialect is several MB, and only one is in use.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(record)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(record)
