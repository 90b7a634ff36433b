"""Inserting rows, new ones or such as may be there already, the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from moderation.foundation.prepared import Prepared, column_names, prepared_insert


def insert_new(db: Session, record: DeclarativeBase) -> None:
    """Insert a new record at once; from then on it stands in the session like one that was read.

    A flush takes four times as long: it looks for all that has changed, and sorts it. What the record refers to must be
    stored already.
    """
    kind, values = type(record), instance_dict(record)
    values |= _whole(kind, values)
    db.flush()
    _new(kind)(db, **{name: values[name] for name in _defaults(kind)})
    make_transient_to_detached(record)
    db.add(record)
    # A session lets go of what nobody else holds, and this is likely to be asked for soon.
    db.info.setdefault("new", []).append(record)


def insert_missing(db: Session, record: type[DeclarativeBase], **values: Any) -> bool:
    """Insert a row unless one with the same unique values stands; tell whether it was inserted.

    On PostgreSQL this waits for another transaction that is inserting the same row.
    """
    db.flush()
    return _missing(record, db.get_bind().dialect.name).changes(db, **_whole(record, values)) == 1


def add_up(db: Session, record: type[DeclarativeBase], *, number: int, **keys: Any) -> None:
    """Add to the ``number`` of the row with these keys; the row is made where there is none."""
    statement = _insert(record, db.get_bind().dialect.name).values(**keys, number=number)
    total = record.__table__.c.number + statement.excluded.number
    db.execute(statement.on_conflict_do_update(index_elements=list(keys), set_={"number": total}))


def _whole(kind: type[DeclarativeBase], values: dict[str, Any]) -> dict[str, Any]:
    """Return a value for each column, a default where none is given."""
    given = _Given(values)
    return {name: values[name] if name in values else default(given) for name, default in _defaults(kind).items()}


class _Given:
    """What SQLAlchemy hands to a default that is computed from other values."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def get_current_parameters(self) -> dict[str, Any]:
        return self._values


@cache
def _defaults(kind: type[DeclarativeBase]) -> dict[str, Callable[[_Given], Any]]:
    return {column.name: _made(column.default) for column in kind.__table__.columns}


def _made(default: Any) -> Callable[[_Given], Any]:
    if default is None or default.is_scalar:
        value = getattr(default, "arg", None)
        return lambda _given: value
    made: Callable[[_Given], Any] = default.arg
    return made


@cache
def _new(kind: type[DeclarativeBase]) -> Prepared:
    return prepared_insert(kind)


@cache
def _missing(record: type[DeclarativeBase], dialect: str) -> Prepared:
    return Prepared(_insert(record, dialect).on_conflict_do_nothing(), columns=column_names(record))


@cache
def _insert(record: type[DeclarativeBase], dialect: str) -> Any:
    # Each dialect is several MB, and only one is in use.
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(record)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(record)
