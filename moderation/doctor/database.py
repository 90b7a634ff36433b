"""What can be wrong with the database: whether it can be reached, its form, its secret key, and what it holds."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text

from moderation.doctor.result import Result
from moderation.foundation.database import Database
from moderation.foundation.errors import Outage, Refused, said_by_server
from moderation.foundation.secret_key import known_secret, secret_seal
from moderation.foundation.sqlite import checkpoints_itself
from moderation.identity.same_secret import check_secret
from moderation.identity.setup_code import is_set_up
from moderation.migrations import fits, is_current, is_empty, is_known, revision_of
from moderation.notifying.deliver import lag
from moderation.records import Decision, Notice, Site, Webhook
from moderation.settings import Settings

_BEGIN = "moderation migrate, or start the service; or put a backup into it: moderation restore FILE"


def look_at_database(settings: Settings) -> Iterator[Result]:
    """Yield what each check of the database finds."""
    if not settings.database_url and not (settings.data / "moderation.db").exists():
        yield Result(said="There is no database yet", advice=_BEGIN, ok=False)
        return
    database = Database(settings.database, pool_size=2)
    try:
        with database.reading() as db:
            db.execute(text("SELECT 1"))
        yield from _engine(database)
        if is_empty(database):
            yield Result(said="The database is empty", advice=_BEGIN, ok=False)
            return
        if not is_known(revision_of(database) or ""):
            advice = "Name one of its own in database_url."
            yield Result(said="The database is another program's", advice=advice, ok=False)
            return
        if not fits(database):
            yield Result(said="The database is at a former release's form", advice="moderation migrate", ok=False)
            return
        if is_current(database):
            yield Result(said="The database is reachable and at this release's form")
        else:
            advice = "This works for the time of an upgrade; then run the newer release."
            yield Result(said="The database is reachable, and at a newer release's form", advice=advice)
        yield from _same_secret(database, settings)
        yield from _content(database)
        if settings.replica_url:
            yield _copy(settings.replica_url)
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
        secret = known_secret(settings.secret, settings.data)
    except Refused:
        # Told by itself.
        return
    try:
        with database.reading() as db:
            if secret:
                check_secret(db, secret_seal(secret))
    except Refused as problem:
        yield Result(said=problem.message, ok=False)


def _copy(replica_url: str) -> Result:
    copy = Database(replica_url, pool_size=1, patience=0)
    try:
        with copy.reading() as db:
            follows = db.scalar(text("SELECT pg_is_in_recovery()"))
    except Outage as outage:
        said = f"The copy of the database cannot be reached. {said_by_server(outage.__cause__)}".rstrip()
        advice = "Check replica_url, and that the server runs. Until then the database itself is read."
        return Result(said=said, advice=advice, ok=False)
    finally:
        copy.close()
    if follows:
        return Result(said="The copy of the database is reachable")
    advice = "Name a hot standby. Until then the database itself is read."
    return Result(said="What replica_url names follows no other server", advice=advice, ok=False)


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
