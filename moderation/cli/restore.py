"""Put a backup into an empty database, of either kind."""

from pathlib import Path

import click

from moderation.cli import settings_of
from moderation.cli.serve import only_one
from moderation.foundation.database import Database
from moderation.foundation.errors import Refused
from moderation.foundation.progress import Progress
from moderation.foundation.secret_key import known_secret, secret_seal
from moderation.identity.same_secret import replace_secret
from moderation.migrations import downgrade, is_beyond, is_known, revision_of, upgrade
from moderation.moving.archive import Heading
from moderation.moving.restore import Backup, has_nothing, open_backup, restore
from moderation.settings import Settings

_TOLD = {"site": "sites", "comment": "comments", "decision": "decisions", "person_session": "readers' sessions"}
_LOST = "provider keys, authenticator apps, edit links of guests and links in mails that are under way"


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Put all that is in FILE, which moderation backup wrote, into the database of the settings, which must be empty.

    The service must not run meanwhile. All of FILE is checked first; either all of it is there at the end, or nothing.
    """
    settings = settings_of(context)
    backup = open_backup(file)
    heading = backup.heading()
    if not is_known(heading.revision):
        raise Refused(f"{file} was not made by a release of this service: none has the revision {heading.revision}.")
    if is_beyond(heading.revision):
        message = f"{file} was made by a newer release ({heading.release}); restore it with that one or a newer."
        raise Refused(message)
    reading = Progress("Checking", "rows")
    try:
        whole = backup.check(reading)
    finally:
        reading.end()
    with only_one(settings.data):
        counts = _put(settings, backup, heading, whole)
    told = ", ".join(f"{words} {counts.get(name, 0):,}" for name, words in _TOLD.items())
    click.echo(f"Restored {sum(counts.values()):,} rows as of {heading.made_at}: {told}.")
    click.echo(_about_the_secret(settings, heading))


def _put(settings: Settings, backup: Backup, heading: Heading, whole: int) -> dict[str, int]:
    database = Database(settings.database, pool_size=2)
    putting = Progress("Restoring", "rows", whole=whole)
    try:
        _prepare(database, heading.revision)
        counts = restore(database, backup, putting)
        # A backup of a former release is brought to this one's form as its database would have been.
        upgrade(database)
        if heading.seal:
            # So that no machine that lacks the key of then can be the first to start, with one of its own.
            with database.transaction() as db:
                replace_secret(db, heading.seal)
    finally:
        putting.end()
        database.close()
    return counts


def _prepare(database: Database, revision: str) -> None:
    """Give an empty database the tables that the backup's rows came from."""
    now = revision_of(database)
    if now is not None and (is_beyond(now) or not has_nothing(database)):
        raise Refused("The database is not empty; a backup is restored into an empty one only.")
    if now is not None and now > revision:
        downgrade(database, revision)
    upgrade(database, revision)


def _about_the_secret(settings: Settings, heading: Heading) -> str:
    secret = known_secret(settings.secret, settings.data)
    if heading.seal is None:
        return "The backup was made where there was no secret key; nothing in it needs one."
    if secret and secret_seal(secret) == heading.seal:
        return "The secret key is the one of then: everybody stays signed in."
    here = "The secret key here is not the one of then. " if secret else ""
    return (
        f"{here}Now put the secret key of then into {settings.data / 'secret.key'} (or MODERATION_SECRET): the service "
        f"does not start with another. If it is lost: moderation setup --new-secret. Then {_LOST} do not work; "
        "sign-ins and passwords do."
    )
