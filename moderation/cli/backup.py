"""Write a copy of everything to a file, while the service runs."""

from datetime import UTC, datetime
from pathlib import Path

import click

from moderation import __version__
from moderation.cli import settings_of
from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.foundation.progress import Progress
from moderation.foundation.secret_key import known_secret, secret_seal
from moderation.identity.same_secret import kept_seal
from moderation.migrations import revision_of
from moderation.moving.archive import Heading
from moderation.moving.back_up import back_up
from moderation.settings import Settings


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Write all comments, people, decisions, sessions and settings to FILE, which must not exist yet.

    Of SQLite that is a database again, of PostgreSQL an archive; moderation restore takes both, into either. The secret
    key (secret.key in the data folder, or MODERATION_SECRET) is not in it; keep a copy of that too, elsewhere.
    """
    settings = settings_of(context)
    if not settings.database_url and not (settings.data / "moderation.db").exists():
        raise Refused(f"There is nothing to back up: no database in {settings.data}.")
    database = Database(settings.database, pool_size=2)
    progress = Progress("Writing", "pages" if database.is_sqlite else "rows")
    try:
        back_up(database, file, heading(settings, database, now=datetime.now(UTC)), progress)
    finally:
        progress.end()
        database.close()
    where = "MODERATION_SECRET" if settings.secret else f"{settings.data / 'secret.key'}"
    click.echo(
        f"Wrote {file} ({file.stat().st_size / 1000:,.0f} kB). It does not hold the secret key: keep {where} too."
    )


def heading(settings: Settings, database: Database, *, now: datetime) -> Heading:
    """Return what a backup says of itself.

    Raises:
        Refused: the database is empty.
    """
    revision = revision_of(database)
    if revision is None:
        raise Refused("There is nothing to back up: the database is empty.")
    # The database knows better: a shell may lack the variable that the service has.
    with database.reading() as db:
        seal = kept_seal(db)
    if seal is None and (secret := known_secret(settings.secret, settings.data)):
        seal = secret_seal(secret)
    return Heading(release=__version__, revision=revision, made_at=f"{now:%Y-%m-%dT%H:%M:%SZ}", seal=seal)
