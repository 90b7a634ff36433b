"""Sends what is due: one notice at a time, tried again for two days, never lost, given up where the author sees it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.catalogue import catalogue
from moderation.foundation.database import Database
from moderation.foundation.errors import Problem
from moderation.foundation.options import read_options
from moderation.foundation.tokens import new_token
from moderation.notifying.channel import Channel, Letter, NotDelivered
from moderation.notifying.kind import Kind, Sender
from moderation.records import Notice

LEASE = timedelta(minutes=3)
TRIES = 16
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """What delivering needs to know of the installation.

    Args:
        options: of each channel, by its name; a channel without any cannot be used.
    """

    database: Database
    sender: Sender
    options: Mapping[str, Mapping[str, Any]]


def deliver(
    office: PostOffice, *, now: datetime, chance: float, lease: timedelta = LEASE, channel: str | None = None
) -> bool:
    """Send one notice that is due, or settle that it is not wanted any more; tell whether there was one.

    No transaction is open while it is sent. A notice whose worker dies is due again when its lease ends; its receiver
    may then get it twice, under the same id.

    Args:
        chance: from 0 to 1; spreads the times of the next tries.
        lease: longer than any channel takes to send.
        channel: the only one to send by, so that one that is down holds up nothing else; None for all.

    Raises:
        Outage: when the database cannot be reached.
    """
    token = new_token()
    with office.database.reading() as db:
        # Looking first: on SQLite a claim, even in vain, makes those wait who write.
        if db.scalar(_first(*_due(now, channel))) is None:
            return False
    with office.database.transaction() as db:
        notice = _claim(db, token, channel, now=now, until=now + lease)
    if notice is None:
        return False
    outcome = _send(office, notice, now)
    with office.database.transaction() as db:
        mine = update(Notice).where(Notice.id == notice.id, Notice.lease == token)
        db.execute(mine.values(**_settled(notice, outcome, now=now, chance=chance)))
    _log.info(outcome.word, extra={"notice": notice.id, "kind": notice.kind, "attempt": notice.attempts})
    return True


def next_try(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many failed tries: twice as long each time, and up to half more by chance."""
    delay = min(_FIRST_DELAY * 2.0 ** (attempts - 1), _LONGEST_DELAY)
    return delay * (1 + chance / 2)


def lag(db: Session, *, now: datetime) -> timedelta:
    """Return for how long the oldest due notice has been waiting."""
    oldest = db.scalar(select(func.min(Notice.due_at)).where(Notice.finished.is_(False)))
    return max(now - oldest, timedelta()) if oldest else timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    word: str
    problem: str = ""


def _due(now: datetime, channel: str | None) -> tuple[ColumnElement[bool], ...]:
    free = or_(Notice.leased_until.is_(None), Notice.leased_until <= now)
    due = (Notice.finished.is_(False), Notice.due_at <= now, free)
    return due if channel is None else (*due, Notice.channel == channel)


def _first(*due: ColumnElement[bool]) -> Select[str]:
    return select(Notice.id).where(*due).order_by(Notice.due_at, Notice.id).limit(1)


def _claim(db: Session, token: str, channel: str | None, *, now: datetime, until: datetime) -> Notice | None:
    due = _due(now, channel)
    # The condition stands here too: on PostgreSQL, of two workers that found the same notice, the second waits for the
    # first and then looks at the row again, but not at the inner query.
    claim = update(Notice).where(Notice.id == _first(*due).scalar_subquery(), *due)
    claim = claim.values(lease=token, leased_until=until, attempts=Notice.attempts + 1)
    return db.scalars(claim.returning(Notice), execution_options={"synchronize_session": False}).first()


def _send(office: PostOffice, notice: Notice, now: datetime) -> _Outcome:
    if notice.attempts > TRIES:
        # Its workers died before they could say so.
        return _Outcome(word="dead", problem="Sending it never came to an end.")
    try:
        letter = _write(office, notice, now)
        if letter is None:
            return _Outcome(word="dropped")
        channel = catalogue("moderation.notifying.channels", Channel)[notice.channel]
        channel.send(letter, read_options(channel.options, dict(office.options[notice.channel])))
    except NotDelivered as failure:
        given_up = failure.permanent or notice.attempts >= TRIES
        return _Outcome(word="dead" if given_up else "failed", problem=failure.problem)
    except Exception as error:
        # A mistake of ours, or of the settings: the next release, or the owner, may put it right within two days.
        _log.exception("not sent", extra={"notice": notice.id, "kind": notice.kind})
        problem = error.message if isinstance(error, Problem) else f"It could not be written ({type(error).__name__})."
        return _Outcome(word="dead" if notice.attempts >= TRIES else "failed", problem=problem)
    return _Outcome(word="sent")


def _write(office: PostOffice, notice: Notice, now: datetime) -> Letter | None:
    with office.database.reading() as db:
        return catalogue("moderation.notifying.kinds", Kind)[notice.kind].write(db, notice, office.sender, now)


def _settled(notice: Notice, outcome: _Outcome, *, now: datetime, chance: float) -> dict[str, Any]:
    free: dict[str, Any] = {"lease": None, "leased_until": None}
    if outcome.word == "failed":
        return free | {"problem": outcome.problem[:500], "due_at": now + next_try(notice.attempts, chance)}
    return free | {"finished": True, f"{outcome.word}_at": now, "problem": outcome.problem[:500] or None}
