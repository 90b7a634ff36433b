"""Brings a database from any former release to this one, or back."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from moderation.foundation.database import Database
from moderation.records import Record

_FOLDER = Path(__file__).parent
_LOCK = 0x6D6F6465


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply all missing migrations, each in a transaction of its own; others who try meanwhile wait."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back to a revision, ``base`` for an empty database."""
    _run(database, lambda config: command.downgrade(config, revision))


def is_current(database: Database) -> bool:
    """Tell whether the database is at this release's revision."""
    newest = ScriptDirectory(str(_FOLDER)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def is_empty(database: Database) -> bool:
    """Tell whether no migration was ever applied."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is None


def differences(database: Database) -> list[object]:
    """Return how the database differs from the records, empty where it does not."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return list(compare_metadata(context, Record.metadata))


def _run(database: Database, action: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.engine.execution_options(writes=True).connect() as connection:
        _take_turn(connection)
        try:
            config.attributes["connection"] = connection
            action(config)
        finally:
            _end_turn(connection)


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
