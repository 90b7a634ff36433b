"""Writes a whole copy of the service's database to a file, while the service runs."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.moving.archive import Heading, write_archive
from moderation.moving.copy import seal_copy
from moderation.moving.rows import all_rows

_PAGES_AT_ONCE: Final = 1000


def back_up(database: Database, file: Path, heading: Heading, progress: Callable[[int], None]) -> None:
    """Write SQLite's own copy, or an archive of PostgreSQL's rows, to a file that must not exist yet.

    Args:
        progress: told how many rows, or of SQLite pages, were written so far.

    Raises:
        Refused: when it exists, or cannot be written; then nothing is left of it.
    """
    with _aside(file) as part:
        if database.is_sqlite:
            _copy(str(database.url.database), part, progress)
            seal_copy(part, heading)
        else:
            _archive(database, part, heading, progress)
        with part.open("rb") as written:
            os.fsync(written.fileno())


@contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """Give a file under another name, for nobody else to read, and its own name at the end."""
    if not file.name:
        raise Refused("Please give the file a name.")
    if file.exists():
        raise Refused(f"{file} exists already.")
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield part
        os.link(part, file)
    except FileExistsError as error:
        raise Refused(f"{file} exists already.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from error
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise Refused(f"The backup could not be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _copy(source: str, target: Path, progress: Callable[[int], None]) -> None:
    reading = f"file:{source}?mode=ro"
    with closing(sqlite3.connect(reading, uri=True)) as here, closing(sqlite3.connect(target)) as there:
        # One read transaction for the whole copy, so that writers do not make it start again.
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=_PAGES_AT_ONCE, progress=lambda _status, left, whole: progress(whole - left))
        here.execute("ROLLBACK")
        there.execute("PRAGMA journal_mode=DELETE")
        if there.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is damaged")


def _archive(database: Database, target: Path, heading: Heading, progress: Callable[[int], None]) -> None:
    one_state = database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with one_state.connect() as connection, target.open("wb") as file:
        write_archive(file, heading, all_rows(connection, progress))
