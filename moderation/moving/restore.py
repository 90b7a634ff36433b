"""Puts a backup into an empty database, of whichever kind: all of it, or nothing."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.moving.archive import Archive, Heading, Row, Table
from moderation.moving.copy import MAGIC, Copy
from moderation.moving.rows import is_unused, put_rows
from moderation.records.search import renew


class Backup(Protocol):
    """A backup's file, whichever form it has; each method raises Refused when the file is not whole."""

    def heading(self) -> Heading:
        """Return what the backup is."""

    def check(self, progress: Callable[[int], None]) -> int:
        """Read all of it and compare the checksum; return how many rows there are."""

    def tables(self) -> Iterable[tuple[Table, Iterable[Row]]]:
        """Return each table with its rows; take all rows of one before the next."""


def open_backup(file: Path) -> Backup:
    """Return the backup in a file.

    Raises:
        Refused: when there is none.
    """
    try:
        with file.open("rb") as content:
            start = content.read(len(MAGIC))
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    if start == MAGIC:
        return Copy(file)
    if start.startswith(b"\x1f\x8b"):
        return Archive(file)
    raise Refused(f"{file} was not made by moderation backup.")


def has_nothing(database: Database) -> bool:
    """Tell whether nobody has ever used a database; it may have the tables."""
    with database.engine.connect() as connection:
        return is_unused(connection)


def restore(database: Database, backup: Backup, progress: Callable[[int], None]) -> dict[str, int]:
    """Put a backup into a database that is at its revision and empty; return how many rows went into each table.

    Args:
        backup: checked before, so that a damaged one does not fill the disk first.
        progress: told how many rows were put so far.

    Raises:
        Refused: when the database is not empty or has other tables, or does not take the rows.
    """
    try:
        with database.engine.execution_options(writes=True).begin() as connection:
            counts = put_rows(connection, backup.tables(), progress)
    except IntegrityError as error:
        raise Refused("The rows of the backup do not fit together; nothing was changed.") from error
    except DBAPIError as error:
        raise Refused(f"The database did not take the backup ({error.orig}); nothing was changed.") from error
    after: str | None = ""
    while after is not None:
        with database.transaction() as db:
            after = renew(db, after=after)
    if not database.is_sqlite:
        # Fresh tables have no statistics, and the first readers would wait for what PostgreSQL guesses.
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE"))
    return counts
