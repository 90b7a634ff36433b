"""Write a copy of the database to a file, while the service runs."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import click

from moderation.cli import database_of, settings_of
from moderation.foundation.errors import Refused

_PAGES_AT_ONCE = 1000


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Write a copy of the SQLite database to FILE, which must not exist yet.

    The secret key (secret.key in the data folder, or MODERATION_SECRET) is not in it; keep a copy of that too.
    """
    with database_of(context) as database:
        if not database.is_sqlite:
            raise Refused(
                "The comments are in PostgreSQL; use its own tool: pg_dump --format=custom --file=FILE DATABASE"
            )
        if file.exists():
            raise Refused(f"{file} exists already.")
        aside = file.with_name(f".{file.name}.part")
        try:
            _copy(str(database.url.database), aside)
            os.link(aside, file)
        except (OSError, sqlite3.Error) as error:
            raise Refused(f"The backup could not be written: {error}.") from error
        finally:
            aside.unlink(missing_ok=True)
    size = file.stat().st_size / 1_000_000
    where = "MODERATION_SECRET" if settings_of(context).secret.get_secret_value() else "secret.key in the data folder"
    click.echo(f"Wrote {file} ({size:.1f} MB). Keep {where} too.")


def _copy(source: str, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    reading = f"file:{source}?mode=ro"
    with closing(sqlite3.connect(reading, uri=True)) as here, closing(sqlite3.connect(target)) as there:
        # One read transaction for the whole copy, so that writers do not make it start again.
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_master").fetchone()
        here.backup(there, pages=_PAGES_AT_ONCE)
        there.execute("PRAGMA journal_mode=DELETE")
        if there.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is damaged")
    with target.open("rb") as written:
        os.fsync(written.fileno())
