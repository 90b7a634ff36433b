"""Every row of the service, out of a database and into an empty one, whichever kind it is and whatever its revision."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, inspect, text

from moderation.foundation.columns import Moment
from moderation.foundation.errors import Refused
from moderation.moving.archive import Row, Rows, Table
from moderation.records import Record

_AT_ONCE: Final = 1000
# Printed by a service that was started before: nobody has used it as long as there is nothing else.
_MAY_BE_THERE: Final = frozenset({"setup_code"})
_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (sa.DateTime, "moment"),
    (sa.Date, "day"),
    (sa.Boolean, "boolean"),
    (sa.JSON, "json"),
    (sa.LargeBinary, "bytes"),
    (sa.Integer, "integer"),
    (sa.Numeric, "real"),
    (sa.String, "text"),
)
_TYPES: Final[dict[str, Any]] = {
    "moment": Moment(),
    "day": sa.Date(),
    "boolean": sa.Boolean(),
    "json": sa.JSON(none_as_null=True),
    "bytes": sa.LargeBinary(),
    "integer": sa.BigInteger(),
    "real": sa.Double(),
    "text": sa.Text(),
}


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables that hold something of ours, each after those it points to; what is derived is left out."""
    look = inspect(connection)
    names = [name for name, _keys in look.get_sorted_table_and_fkc_names() if name and name in Record.backed_up()]
    return [
        Table(
            name=name,
            columns={
                column["name"]: _kind(column["type"]) for column in look.get_columns(name) if "computed" not in column
            },
        )
        for name in names
    ]


def rows_of(connection: Connection, table: Table) -> Iterator[Row]:
    """Return all rows of a table, in the order of their keys, read little by little."""
    keys = inspect(connection).get_pk_constraint(table.name)["constrained_columns"]
    columns = {name: sa.column(name, _TYPES[kind]) for name, kind in table.columns.items()}
    # JSON as the text that it is stored as: null is not the same as nothing.
    wanted = [
        sa.cast(columns[name], sa.Text).label(name) if kind == "json" else columns[name]
        for name, kind in table.columns.items()
    ]
    query = sa.select(*wanted).select_from(sa.table(table.name)).order_by(*(columns[key] for key in keys))
    found = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    return (tuple(row) for row in found)


def all_rows(connection: Connection, progress: Callable[[int], None]) -> Rows:
    """Return every table with its rows.

    Args:
        connection: in a transaction that sees one state of the database.
        progress: told how many rows were taken so far.
    """
    count = 0

    def counted(rows: Iterable[Row]) -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            progress(count)
            yield row

    return ((table, counted(rows_of(connection, table))) for table in tables_of(connection))


def is_unused(connection: Connection) -> bool:
    """Tell whether nothing was ever kept in a database that has the tables."""
    kept = (sa.table(table.name) for table in tables_of(connection) if table.name not in _MAY_BE_THERE)
    return not any(
        connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))) for table in kept
    )


def put_rows(connection: Connection, rows: Rows, progress: Callable[[int], None]) -> dict[str, int]:
    """Put rows into a database that has the same tables and nothing in them; return how many went into each.

    Args:
        connection: in a transaction that writes; nothing stays when it is rolled back.
        progress: told how many rows were put so far.

    Raises:
        Refused: when the database is in use, or its tables are others.
    """
    here = {table.name: table for table in tables_of(connection)}
    _hold(connection, here)
    if not is_unused(connection):
        raise Refused("The database is not empty; a backup is restored into an empty one only.")
    for name in _MAY_BE_THERE & here.keys():
        connection.execute(sa.delete(sa.table(name)))
    counts, all_put = dict.fromkeys(here, 0), 0
    with _in_any_order(connection, here):
        for table, found in rows:
            if table.name not in here or table.columns.keys() != here[table.name].columns.keys():
                raise Refused(f"The backup's table {table.name} is not what this release has under that name.")
            for batch in _batches(here[table.name], table, found):
                connection.execute(_into(here[table.name]), batch)
                counts[table.name] += len(batch)
                all_put += len(batch)
                progress(all_put)
    return counts


def _kind(column: Any) -> str:
    for known, kind in _KINDS:
        if isinstance(column, known):
            return kind
    raise Refused(f"A column holds {column}, which a backup cannot.")


def _into(table: Table) -> sa.Insert:
    columns = [sa.Column(name, _TYPES[kind]) for name, kind in table.columns.items()]
    return sa.Table(table.name, sa.MetaData(), *columns).insert()


def _batches(here: Table, table: Table, rows: Iterable[Row]) -> Iterator[list[dict[str, Any]]]:
    read = {name: _read_json if kind == "json" else None for name, kind in here.columns.items()}
    change = [(name, read[name]) for name in table.columns]
    found = iter(rows)
    while batch := list(islice(found, _AT_ONCE)):
        yield [
            {
                name: do(value) if do and value is not None else value
                for (name, do), value in zip(change, row, strict=True)
            }
            for row in batch
        ]


def _read_json(words: str) -> Any:
    value = json.loads(words)
    return sa.JSON.NULL if value is None else value


def _hold(connection: Connection, tables: dict[str, Table]) -> None:
    """Keep everybody else from writing until the transaction ends; SQLite's writer does so by itself."""
    if connection.dialect.name == "postgresql" and tables:
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in tables)
        connection.execute(text(f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def _in_any_order(connection: Connection, tables: Iterable[str]) -> Iterator[None]:
    """Check what rows point to in their own table at the end only: an answer may come before what it answers."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        yield
        return
    quote, look = connection.dialect.identifier_preparer.quote, inspect(connection)
    keys = [
        f"ALTER TABLE {quote(name)} ALTER CONSTRAINT {quote(str(key['name']))}"
        for name in tables
        for key in look.get_foreign_keys(name)
        if key["referred_table"] == name and not key["options"].get("deferrable")
    ]
    for key in keys:
        connection.execute(text(f"{key} DEFERRABLE INITIALLY DEFERRED"))
    yield
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for key in keys:
        connection.execute(text(f"{key} NOT DEFERRABLE"))
