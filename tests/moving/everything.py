"""A database with rows in every table, and in every column what could get lost on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from moderation.foundation.columns import Moment
from moderation.foundation.database import Database
from moderation.records import Record

TEXT = "“Beastly” – 獣 🦊 e\u0301 'quoted' \\ back\nnew\ttab \u202eright to left"
MOMENT = datetime(2026, 11, 22, 6, 28, 0, 123456, tzinfo=UTC)
BYTES = bytes(range(32))
ROWS = 3


def fill(database: Database) -> int:
    """Put rows into every table; return how many."""
    count = 0
    with database.engine.execution_options(writes=True).begin() as connection:
        for table in _kept():
            rows = [_row(table, number) for number in range(ROWS)]
            # One row that points to another is put in after it, though its key comes first.
            for row in rows if not _own_keys(table) else reversed(rows):
                connection.execute(table.insert(), row)
                count += 1
    return count


def content(database: Database) -> dict[str, list[Any]]:
    """Return every row of every table, read by the records' own types, and JSON as its text too."""
    with database.engine.connect() as connection:
        return {table.name: sorted(_rows(connection, table), key=repr) for table in _kept()}


def _kept() -> list[Table]:
    return [table for table in Record.metadata.sorted_tables if table.name in Record.backed_up()]


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    raw = [sa.cast(column, sa.Text) for column in table.columns if isinstance(column.type, sa.JSON)]
    return (tuple(row) for row in connection.execute(sa.select(*table.columns, *raw)))


def _own_keys(table: Table) -> list[str]:
    return [key.parent.name for key in table.foreign_keys if key.column.table is table]


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Any, number: int) -> Any:
    """The first row has null where it may, the others the hardest value; keys tell the rows apart."""
    points = next(iter(column.foreign_keys), None)
    if points is not None and points.column.table is table:
        # Each points to the next, whose key is higher.
        return None if number == ROWS - 1 else _key(points.column, number + 1)
    if points is not None:
        return _key(points.column, number)
    if column.nullable and number == 0:
        return None
    if column.primary_key or column.unique or _is_unique(table, column):
        return _key(column, number)
    return _hard(column, number)


def _is_unique(table: Table, column: Any) -> bool:
    return any(
        isinstance(rule, sa.UniqueConstraint) and column.name in rule.columns for rule in table.constraints
    ) or any(index.unique and column.name in index.columns for index in table.indexes)


def _key(column: Any, number: int) -> Any:
    if column.foreign_keys:
        return _key(next(iter(column.foreign_keys)).column, number)
    if isinstance(column.type, sa.LargeBinary):
        return bytes([number]) + BYTES[1:]
    if isinstance(column.type, sa.Integer):
        return number + 1
    if isinstance(column.type, Moment):
        return MOMENT + timedelta(days=number)
    if isinstance(column.type, sa.Date):
        return MOMENT.date() + timedelta(days=number)
    return f"{column.table.name[:12]}-{number}"


def _hard(column: Any, number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.Enum):
        return list(kind.enum_class)[number % len(kind.enum_class)]
    if isinstance(kind, sa.JSON):
        return [{"z": TEXT, "a": [1, 2.5, True, None]}, {}, None][number]
    if isinstance(kind, Moment):
        return MOMENT
    if isinstance(kind, sa.Date):
        return MOMENT.date()
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.BigInteger):
        return 2**53 + number
    if isinstance(kind, sa.Integer):
        return 2**31 - 1 - number
    if isinstance(kind, sa.LargeBinary):
        return BYTES
    return TEXT[: kind.length] if isinstance(kind, sa.String) else TEXT
