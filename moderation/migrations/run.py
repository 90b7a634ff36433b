"""Runs Alembic on one connection, one process at a time."""

from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.migrations import is_beyond, is_known
from moderation.records import Record

_FOLDER: Final = Path(__file__).parent
_LOCK: Final = 0x6D6F6465


def run(database: Database, direction: Literal["upgrade", "downgrade"], revision: str) -> None:
    """Take a database to a revision; on PostgreSQL others who try meanwhile wait, and no statement waits for long.

    Raises:
        Refused: it is another program's.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.engine.execution_options(writes=True).connect() as connection:
        _take_turn(connection)
        try:
            now = _revision(connection)
            if now is not None and not is_known(now):
                raise Refused(f"The database is another program's: no release of this service has the revision {now}.")
            if direction == "upgrade" and now is not None and is_beyond(now):
                return
            config.attributes["connection"] = connection
            getattr(command, direction)(config, revision)
        finally:
            _end_turn(connection)


def differences(database: Database) -> list[object]:
    """Return how a database differs from the records, empty where it does not."""
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "render_as_batch": True, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Record.metadata))


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Tell whether the records describe a table or an index; those of the search are others on each database."""
    return name is None or not name.startswith(("search_", "ix_search_", "uq_search_"))


def _revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    # Alembic's look-up began a transaction, and every migration wants its own.
    connection.rollback()
    return revision


def _take_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()


def _end_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("RESET statement_timeout"))
        connection.commit()
