"""Deletes what has served its time, a little at once, so that nobody has to wait for it."""

from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, inspect, select, tuple_
from sqlalchemy.orm import DeclarativeBase, Session

AT_ONCE = 500


def prune(db: Session, record: type[DeclarativeBase], *conditions: ColumnElement[bool]) -> int:
    """Delete at most 500 rows that meet all conditions; return how many there were."""
    keys: Any = inspect(record).primary_key
    some = select(*keys).where(*conditions).limit(AT_ONCE)
    which = keys[0].in_(some) if len(keys) == 1 else tuple_(*keys).in_(some)
    result = db.execute(delete(record).where(which), execution_options={"synchronize_session": False})
    return result.rowcount if isinstance(result, CursorResult) else 0
