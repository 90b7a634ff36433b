"""Looks at an installation: its folder, keys, clock, database, notices and mail."""

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select, text

from moderation.doctor.result import Result
from moderation.foundation.database import Database
from moderation.foundation.errors import Outage, Problem, Refused, said_by_server
from moderation.foundation.sqlite import checkpoints_itself
from moderation.identity.same_secret import check_secret
from moderation.identity.setup_code import is_set_up
from moderation.migrations import fits, is_current
from moderation.moving.scheduled import backups
from moderation.notifying.channel import NotDelivered
from moderation.notifying.deliver import lag
from moderation.records import Decision, Notice, Site, Webhook
from moderation.settings import Settings, known_secret, read_secret, secret_seal

_OLDEST = (3, 11)
_KEYLESS = "One is made at the first start. After a restore, or on another machine, put the former one there before."
_REDIS_SECONDS = 3
_LITTLE_SPACE = 500_000_000
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)


def examine(settings: Settings) -> Iterator[Result]:
    """Yield what each check finds, whatever the others found."""
    checks: list[Callable[[Settings], Iterator[Result]]] = [
        _python,
        _data,
        _secret,
        _public_url,
        _clock,
        _database,
        _redis,
        _backups,
        _mail,
    ]
    for look in checks:
        try:
            yield from look(settings)
        except Exception as error:
            said = error.message if isinstance(error, Problem) else f"{look.__name__[1:]}: {type(error).__name__}"
            yield Result(said=said, advice="This should not happen; please report it.", ok=False)


def _python(_settings: Settings) -> Iterator[Result]:
    version = sys.version.split()[0]
    if sys.version_info >= _OLDEST:
        yield Result(said=f"Python {version}")
    else:
        yield Result(said=f"Python {version} is too old", advice="Install 3.11 or newer.", ok=False)


def _data(settings: Settings) -> Iterator[Result]:
    folder = settings.data.resolve()
    if not folder.is_dir():
        advice = "It is made at the first start; or: moderation setup"
        yield Result(said=f"There is no data folder {folder} yet", advice=advice, ok=False)
        return
    probe = folder / ".doctor"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        advice = f"Give it to the user who runs the service: chown {folder}"
        yield Result(said=f"The data folder {folder} cannot be written: {error.strerror}", advice=advice, ok=False)
        return
    if folder.stat().st_mode & 0o007:
        yield Result(said=f"Everybody on this machine can look into {folder}", advice=f"chmod 700 {folder}", ok=False)
    else:
        yield Result(said=f"The data folder {folder} is writable and private")
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB of disk free"
    yield Result(said=said) if free > _LITTLE_SPACE else Result(said=f"Only {said}", advice="Make room.", ok=False)


def _secret(settings: Settings) -> Iterator[Result]:
    file = settings.data / "secret.key"
    if not settings.secret.get_secret_value() and not file.exists():
        yield Result(said="There is no secret key yet", advice=_KEYLESS, ok=False)
        return
    try:
        read_secret(settings)
    except Problem as problem:
        yield Result(said=problem.message, ok=False)
        return
    yield Result(
        said="The secret key is there" + ("" if settings.secret.get_secret_value() else f", private, in {file}")
    )


def _public_url(settings: Settings) -> Iterator[Result]:
    advice = ""
    if not settings.secure:
        advice = "Fine for a trial. For readers elsewhere set public_url to the https address they will use."
    elif not settings.trusted_proxies:
        advice = "If a proxy stands in front, name it in trusted_proxies, or all readers share one limit."
    yield Result(said=f"Readers reach it at {settings.public_url}", advice=advice)


def _clock(settings: Settings) -> Iterator[Result]:
    now, zone = datetime.now(UTC), time.strftime("%Z")
    if now < _RELEASED:
        yield Result(said=f"The clock says {now:%Y-%m-%d}", advice="Set it; sign-ins and links depend on it.", ok=False)
    else:
        yield Result(said=f"The clock says {now:%Y-%m-%d %H:%M} UTC (zone {zone})")
    del settings


def _database(settings: Settings) -> Iterator[Result]:
    if not settings.database_url and not (settings.data / "moderation.db").exists():
        yield Result(said="There is no database yet", advice="moderation migrate, or start the service.", ok=False)
        return
    database = Database(settings.database, pool_size=2)
    try:
        with database.reading() as db:
            db.execute(text("SELECT 1"))
        yield from _engine(database)
        if not fits(database):
            yield Result(said="The database is at another release's form", advice="moderation migrate", ok=False)
            return
        if is_current(database):
            yield Result(said="The database is reachable and at this release's form")
        else:
            advice = "This works for the time of an upgrade; then run the newer release."
            yield Result(said="The database is reachable, and at a newer release's form", advice=advice)
        yield from _same_secret(database, settings)
        yield from _content(database)
    except Outage as outage:
        advice = "Check database_url, and that the server runs."
        yield Result(
            said=f"The database cannot be reached. {said_by_server(outage.__cause__)}".rstrip(), advice=advice, ok=False
        )
    except Exception as error:
        said = said_by_server(error)
        if not said:
            raise
        advice = "Keep the file aside, and put a backup in its place: moderation restore FILE"
        yield Result(said=f"The database cannot be read. {said}", advice=advice, ok=False)
    finally:
        database.close()


def _same_secret(database: Database, settings: Settings) -> Iterator[Result]:
    try:
        secret = known_secret(settings)
    except Refused:
        # Told by itself.
        return
    try:
        with database.reading() as db:
            if secret:
                check_secret(db, secret_seal(secret))
    except Refused as problem:
        yield Result(said=problem.message, ok=False)


def _engine(database: Database) -> Iterator[Result]:
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            yield Result(said=f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar()}")
            return
        mode = connection.execute(text("PRAGMA journal_mode")).scalar()
    way = "checkpoints by itself" if checkpoints_itself() else "checkpointed by the worker alone, as this version needs"
    said = f"SQLite {sqlite3.sqlite_version}, journal mode {mode}, {way}"
    yield Result(said=said, advice="" if mode == "wal" else "The file system may not support it.", ok=mode == "wal")


def _content(database: Database) -> Iterator[Result]:
    now = datetime.now(UTC)
    with database.reading() as db:
        set_up, sites = is_set_up(db), db.scalar(select(func.count(Site.id))) or 0
        late = lag(db, now=now)
        dead = db.scalar(select(func.count(Notice.id)).where(Notice.dead_at > now - timedelta(days=7))) or 0
        off = db.scalar(select(func.count(Webhook.id)).where(Webhook.off_because.is_not(None))) or 0
        ahead = db.scalar(select(func.max(Decision.created_at)))
    if not set_up:
        yield Result(said="Nobody can sign in to the dashboard yet", advice="moderation setup", ok=False)
    if sites == 0:
        yield Result(said="There is no site yet", advice="moderation site add KEY --name NAME --origin https://…")
    if ahead is not None and ahead > now + timedelta(minutes=5):
        yield Result(said="The newest decision lies in the future", advice="The clock was wrong, or is.", ok=False)
    if late > timedelta(minutes=10):
        minutes = int(late.total_seconds() / 60)
        yield Result(said=f"A notice has been due for {minutes} minutes", advice="Does the worker run?", ok=False)
    if off:
        said = "A webhook was" if off == 1 else f"{off} webhooks were"
        yield Result(said=f"{said} switched off by failing", advice="See its page on the dashboard.", ok=False)
    if dead:
        yield Result(said=f"{dead} notices of this week were given up", advice="The dashboard lists them.")


def _redis(settings: Settings) -> Iterator[Result]:
    if not settings.redis_url:
        return
    # Here, since most have none.
    from redis import Redis
    from redis.exceptions import RedisError

    client: Redis | None = None
    try:
        client = Redis.from_url(
            settings.redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        )
        client.ping()
    except (RedisError, ValueError) as error:
        advice = "Check redis_url, and that the server runs. Until then each process counts limits by itself."
        yield Result(said=f"Redis cannot be reached: {error}", advice=advice, ok=False)
    else:
        yield Result(said="Redis is reachable")
    finally:
        if client is not None:
            client.close()


def _backups(settings: Settings) -> Iterator[Result]:
    made = backups(settings.backups)
    late = timedelta(hours=2 * settings.backup_hours + 1)
    if not settings.backup_hours:
        yield Result(said="No backups are made by themselves", advice="Set backup_hours, or make them another way.")
    elif not made:
        yield Result(said="There is no backup yet", advice=f"The worker makes one every {settings.backup_hours} hours.")
    elif (age := datetime.now(UTC) - made[-1][0]) > late:
        said = f"The newest backup is {age.days} days old"
        yield Result(said=said, advice="Does the worker run, and is there room?", ok=False)
    else:
        said = f"Backups: {len(made)}, the newest of {made[-1][0]:%Y-%m-%d %H:%M} UTC, in {settings.backups}"
        yield Result(said=said, advice="Copy them to another machine, and secret.key once to a third place.")


def _mail(settings: Settings) -> Iterator[Result]:
    # Here, since a web process shows this page seldom, and sends no mail.
    from moderation.notifying.channels.mail import MailOptions, check

    place = urlsplit(settings.mail)
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    try:
        check(MailOptions(url=settings.mail, sender=settings.mail_from))
    except NotDelivered as failure:
        yield Result(said=failure.problem, advice="Check mail_url and what it names.", ok=False)
        return
    if place.scheme == "maildir":
        advice = "Set mail_url to smtp://user:password@host:587 so that it reaches people."
        yield Result(said=f"Mail is written to files in {Path(place.path)}", advice=advice)
    else:
        yield Result(said=f"The mail server {place.hostname} answers")
    if domain in ("", "localhost"):
        yield Result(said=f"Mail comes from {settings.mail_from}", advice="Set mail_from to an address of yours.")
