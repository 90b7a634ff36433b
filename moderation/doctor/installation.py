"""Looks at an installation: its folder, keys, clock, database, notices and mail."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from moderation.doctor.database import look_at_database
from moderation.doctor.result import Result
from moderation.foundation.errors import Problem
from moderation.foundation.mistakes import closest
from moderation.foundation.secret_key import read_secret
from moderation.moving.scheduled import backups
from moderation.notifying.channel import NotDelivered
from moderation.settings import Settings

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
        _environment,
        _public_url,
        _clock,
        look_at_database,
        _redis,
        _backups,
        _mail,
    ]
    for look in checks:
        try:
            yield from look(settings)
        except PermissionError as error:
            advice = "Give it to the user who runs the service, or be that user."
            yield Result(said=f"{error.filename} cannot be used: {error.strerror}", advice=advice, ok=False)
        except Exception as error:
            where = look.__name__.strip("_")
            said = error.message if isinstance(error, Problem) else f"{where}: {type(error).__name__}"
            yield Result(said=said, advice="This should not happen; please report it.", ok=False)


def _python(_settings: Settings) -> Iterator[Result]:
    version = sys.version.split()[0]
    if sys.version_info >= _OLDEST:
        yield Result(said=f"Python {version}")
    else:
        yield Result(said=f"Python {version} is too old", advice="Install 3.11 or newer.", ok=False)


def _data(settings: Settings) -> Iterator[Result]:
    folder = settings.data.resolve()
    if folder.exists() and not folder.is_dir():
        yield Result(said=f"{folder} is no folder", advice="Name another one as data.", ok=False)
        return
    if not folder.is_dir():
        advice = "It is made at the first start; or: moderation setup"
        yield Result(said=f"There is no data folder {folder} yet", advice=advice, ok=False)
        return
    probe = folder / ".doctor"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        advice = f"Give it to the user who runs the service: chown USER {folder}"
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
    if not settings.secret and not file.exists():
        yield Result(said="There is no secret key yet", advice=_KEYLESS, ok=False)
        return
    try:
        read_secret(settings.secret, settings.data)
    except Problem as problem:
        yield Result(said=problem.message, ok=False)
        return
    yield Result(said="The secret key is there" + ("" if settings.secret else f", private, in {file}"))


def _environment(_settings: Settings) -> Iterator[Result]:
    for name in sorted(os.environ):
        option = name.lower().partition("__")[0].removeprefix("moderation_")
        if not name.upper().startswith("MODERATION_") or option in Settings.__struct_fields__:
            continue
        # What is like no option is nobody's business here: others' variables may begin with the same word.
        if meant := closest(option, Settings.__struct_fields__):
            advice = f"Did you mean MODERATION_{meant.upper()}?"
            yield Result(said=f"{name} in the environment is no option", advice=advice, ok=False)


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
