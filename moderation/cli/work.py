"""Do the background work alone, such as sending mail (moderation serve does it too; several machines may)."""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType
from typing import Any

import click
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from moderation.app import build_house
from moderation.cli import settings_of
from moderation.cli.backup import heading
from moderation.foundation.errors import Outage, Refused
from moderation.foundation.log import set_up_log
from moderation.foundation.rounds import Round
from moderation.foundation.secret_key import read_secret, secret_seal
from moderation.foundation.wal import WalKeeper
from moderation.identity import purge as identity
from moderation.identity import trouble
from moderation.identity.avatar import fetch_picture
from moderation.identity.picture import can_remake
from moderation.identity.same_secret import check_secret
from moderation.intake import purge as intake
from moderation.journey.decide_many import go_on, unfinished
from moderation.migrations import fits
from moderation.moving.back_up import back_up
from moderation.moving.scheduled import due, thin_out
from moderation.notifying import purge as notifying
from moderation.notifying.changes import announce_changes, have_changed
from moderation.notifying.deliver import DOUBTFUL, PostOffice, deliver, lanes
from moderation.notifying.doorbell import quieten_huey
from moderation.notifying.kind import Sender
from moderation.records import Comment, Site
from moderation.records.search import note_all
from moderation.review import daily, old_spam
from moderation.screening import simulate
from moderation.settings import Settings
from moderation.web.house import House
from moderation.web.reading import read

# Each lane has its own: a dead mail server must not hold up what goes elsewhere.
_SENDERS = 4
# One that hangs holds a sender for ten seconds, and is then left alone for longer and longer.
_FOR_DOUBTFUL = 2
# Nor one slow server of pictures all others.
_FETCHERS = 2
_SWEEP_SECONDS = 5.0
_CHECKPOINT_SECONDS = 1.0
_EMPTY_SECONDS = 60.0
_SUSPECT_SECONDS = 15.0
_PURGE_SECONDS = 600.0
_CHANGES_SECONDS = 0.5
_FORGET_SECONDS = 3600.0
_COUNT_SECONDS = 60.0
_FOUND_AT_ONCE = 100
_BREATH_SECONDS = 0.02
_PATIENCE_SECONDS = 8.0
_AFTER_FAILED_BACKUP = timedelta(minutes=10)

_log = logging.getLogger(__name__)


@click.command("work")
@click.pass_context
def command(context: click.Context) -> None:
    """Send notices and tidy up, until told to stop."""
    settings = settings_of(context)
    set_up_log()
    work(settings)


def work(settings: Settings) -> None:
    """Do the background work until SIGTERM or SIGINT.

    Raises:
        Refused: when the settings cannot be used, or the database is not at this release's form, or another key's.
    """
    house = build_house(settings)
    try:
        if not fits(house.database):
            raise Refused("The database is not at this release's form yet. Run: moderation migrate")
        with house.database.reading() as db:
            check_secret(db, secret_seal(read_secret(settings.secret, settings.data)))
        Worker(house).run()
    finally:
        house.database.close()


class Worker:
    """Sends notices and fetches pictures in a few threads, and does in its own what comes round again and again.

    What is due is looked for every few seconds, whatever the doorbell says; a ring makes it sooner.
    """

    def __init__(self, house: House) -> None:
        settings = house.settings
        self._house = house
        self._office = PostOffice(
            database=house.database,
            sender=Sender(public_url=settings.public_url, keys=house.keys),
            options={
                "mail": {"url": settings.mail, "sender": settings.mail_from},
                "webhook": {"exceptions": settings.outbound_exceptions},
                **_cdn(settings),
            },
        )
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._back_up_again = _now()
        log = WalKeeper(house.database)
        self._rounds = [
            Round("checkpoint", _CHECKPOINT_SECONDS, log.move),
            Round("empty the log", _EMPTY_SECONDS, log.empty),
            Round("suspect", _SUSPECT_SECONDS, self._suspect),
            Round("purge", _PURGE_SECONDS, self._purge),
            Round("forget", _FORGET_SECONDS, self._forget),
            *([Round("changes", _CHANGES_SECONDS, self._announce_changes)] if settings.purge_url else []),
            Round("count", _COUNT_SECONDS, self._count),
        ]

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then finish what is being sent."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        quieten_huey()
        stop_listening = self._house.doorbell.listen(self._bell.set)
        threads = [threading.Thread(target=self._repeat, args=job, daemon=True) for job in self._jobs()]
        for thread in threads:
            thread.start()
        while not self._stopping.wait(0.5):
            for round_ in self._rounds:
                round_.go(time.monotonic())
        self._bell.set()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        stop_listening()
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _jobs(self) -> list[tuple[str, Callable[[], bool]]]:
        """Return what waits for other servers, with a thread for each time it stands here."""
        fetchers = _FETCHERS if can_remake() else 0
        alone = [("test", self._test), ("simulate", self._simulate), ("backup", self._back_up)]
        alone += [("many", self._decide_many), ("find", self._find)]
        senders = [
            (f"deliver by {lane}", partial(self._send, lane))
            for lane in lanes(self._office.options)
            for _ in range(_FOR_DOUBTFUL if lane == DOUBTFUL else _SENDERS)
        ]
        return senders + [("picture", self._fetch)] * fetchers + alone

    def _send(self, lane: str) -> bool:
        lease = timedelta(seconds=self._house.settings.lease_seconds)
        return deliver(self._office, now=_now(), chance=random.random(), lease=lease, lane=lane)  # noqa: S311

    def _fetch(self) -> bool:
        return fetch_picture(self._house.database, self._house.outbound, now=_now(), chance=random.random())  # noqa: S311

    def _test(self) -> bool:
        house = self._house
        return trouble.look_after(
            house.database, house.outbound, house.keys, public_url=house.settings.public_url, now=_now()
        )

    def _simulate(self) -> bool:
        return simulate.go_on_somewhere(self._house.database, read=read, now=_now())

    def _back_up(self) -> bool:
        settings, now = self._house.settings, _now()
        file = due(settings.backups, every=timedelta(hours=settings.backup_hours), now=now)
        if not settings.backup_hours or file is None or now < self._back_up_again:
            return False
        try:
            settings.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
            back_up(self._house.database, file, heading(settings, self._house.database, now=now), lambda _count: None)
            thin_out(settings.backups, keep=settings.backups_kept)
        except (OSError, Refused) as error:
            # The disk is full, as a rule; the doctor tells the owner.
            _log.warning("no backup", extra={"job": "backup", "kind": type(error).__name__})
            self._back_up_again = now + _AFTER_FAILED_BACKUP
            return False
        _log.info("backed up", extra={"job": "backup", "bytes": file.stat().st_size})
        return False

    def _repeat(self, name: str, do: Callable[[], bool]) -> None:
        """Do a job as long as it finds something to do, and look again at every ring, or after a while."""
        while not self._stopping.is_set():
            try:
                while not self._stopping.is_set() and do():
                    pass
            except Outage:
                _log.warning("the database cannot be reached", extra={"job": name})
                self._stopping.wait(1)
            except Exception:
                _log.exception("failed", extra={"job": name})
                self._stopping.wait(1)
            self._bell.wait(_SWEEP_SECONDS)
            # Before looking, so that a ring that comes while we look is not lost.
            self._bell.clear()

    def _announce_changes(self) -> None:
        with self._house.database.reading() as db:
            if not have_changed(db):
                return
        with self._house.database.transaction() as db:
            announce_changes(db, now=_now())
        self._bell.set()

    def _suspect(self) -> None:
        with self._house.database.transaction() as db:
            trouble.sweep(db, now=_now())

    def _purge(self) -> None:
        for purge in (identity.purge, intake.purge, notifying.purge, simulate.purge, old_spam.purge):
            while not self._stopping.is_set() and self._purged(purge):
                pass

    def _purged(self, purge: Callable[..., int]) -> int:
        with self._house.database.transaction() as db:
            return purge(db, now=_now())

    def _count(self) -> None:
        daily.count(self._house.database, now=_now(), go_on=lambda: not self._stopping.is_set())

    def _forget(self) -> None:
        while not self._stopping.is_set():
            with self._house.database.reading() as db:
                found = intake.traceable(db, now=_now(), days=self._house.settings.address_days)
            if not found:
                return
            with self._house.database.transaction() as db:
                intake.forget_addresses(db, found)

    def _decide_many(self) -> bool:
        """Decide about a piece of what a moderator chose."""
        house = self._house
        with house.database.reading() as db:
            batch_id = unfinished(db)
        if batch_id is None:
            return False
        with house.database.transaction() as db:
            go_on(db, batch_id, now=_now(), wait=house.undo_window)
        # Between two pieces others decide and comment.
        return not self._stopping.wait(_BREATH_SECONDS)

    def _find(self) -> bool:
        """Let some comments be found that a former release stored."""
        with self._house.database.reading() as db:
            left = db.scalars(select(Comment.id).where(*_unnoted(db)).limit(_FOUND_AT_ONCE)).all()
        if not left:
            return False
        with self._house.database.transaction() as db:
            return note_all(db, Comment.id.in_(left)) > 0


def _unnoted(db: Session) -> list[ColumnElement[bool]]:
    # Named, so that an index finds them.
    return [Comment.site_id.in_(db.scalars(select(Site.id)).all()), Comment.provider.is_(None)]


def _cdn(settings: Settings) -> dict[str, dict[str, Any]]:
    if not settings.purge_url:
        return {}
    headers = {name: value.reveal() for name, value in settings.purge_headers.items()}
    return {"cdn": {"url": settings.purge_url, "headers": headers, "exceptions": settings.outbound_exceptions}}


def _now() -> datetime:
    return datetime.now(UTC)
