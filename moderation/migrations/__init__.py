"""Brings a database from any former release to this one, or back."""

from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from moderation.foundation.database import Database

_VERSIONS: Final = Path(__file__).parent / "versions"

# Alembic is imported where it is used: a web process, which only asks whether the schema is current, is 11 MB smaller.


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply all missing migrations, each in a transaction of its own; others who try meanwhile wait."""
    from moderation.migrations.run import run

    run(database, "upgrade", revision)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back to a revision, ``base`` for an empty database."""
    from moderation.migrations.run import run

    run(database, "downgrade", revision)


def newest() -> str:
    """Return this release's revision: files are numbered, ``0001_the_first_schema.py``."""
    return max(file.stem.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))


def is_current(database: Database) -> bool:
    """Tell whether the database is at this release's revision."""
    if is_empty(database):
        return False
    with database.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest())


def is_empty(database: Database) -> bool:
    """Tell whether no migration was ever applied to the database."""
    with database.engine.connect() as connection:
        return not inspect(connection).has_table("alembic_version")
