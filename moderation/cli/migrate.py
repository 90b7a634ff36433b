"""Bring the database to this release's form; moderation serve does it at each start."""

import click

from moderation.cli import settings_of
from moderation.foundation.database import Database
from moderation.migrations import fits, upgrade


@click.command("migrate")
@click.pass_context
def command(context: click.Context) -> None:
    """Apply the migrations that are missing. It may be run while the service runs, and twice."""
    database = Database(settings_of(context).database, pool_size=2)
    try:
        had_nothing_missing = fits(database)
        upgrade(database)
    finally:
        database.close()
    click.echo("Nothing to do." if had_nothing_missing else "The database is up to date now.")
