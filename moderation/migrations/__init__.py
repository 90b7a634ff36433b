"""Brings a database from any former release to this one, or back."""

from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text

from moderation.foundation.database import Database

_VERSIONS: Final = Path(__file__).parent / "versions"

# Alembic is imported where it is used: a web process, which only asks whether the schema is current, is 11 MB smaller.


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply all missing migrations, each in a transaction of its own; others who try meanwhile wait.

    A database that a newer release has brought further is left as it is.
    """
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
    return revision_of(database) == newest()


def fits(database: Database) -> bool:
    """Tell whether this release can work with the database: it is at its revision, or a newer release's.

    Every migration works while the former release runs, so that one can go on, and come back, during an upgrade.
    """
    revision = revision_of(database)
    return revision == newest() or (revision is not None and is_beyond(revision))


def is_beyond(revision: str) -> bool:
    """Tell whether a revision is one that only a newer release knows."""
    return len(revision) == len(newest()) and revision.isdecimal() and revision > newest()


def is_known(revision: str) -> bool:
    """Tell whether a revision is one of this service's; other programs count theirs in a table of the same name."""
    return is_beyond(revision) or any(file.stem.startswith(f"{revision}_") for file in _VERSIONS.glob("[0-9]*.py"))


def revision_of(database: Database) -> str | None:
    """Return the database's revision, None when no migration was ever applied or all were taken back."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def is_empty(database: Database) -> bool:
    """Tell whether no migration was ever applied to the database."""
    with database.engine.connect() as connection:
        return not inspect(connection).has_table("alembic_version")
