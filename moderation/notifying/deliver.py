"""Sends what is due: one notice at a time, tried again for two days, never lost, given up where the author sees it."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.catalogue import catalogue
from moderation.foundation.database import Database
from moderation.foundation.errors import Problem
from moderation.foundation.options import read_options
from moderation.foundation.tokens import new_token
from moderation.notifying import webhook_state
from moderation.notifying.channel import Channel, Gone, Letter, NotDelivered, NotYet
from moderation.notifying.kind import Kind, Sender
from moderation.notifying.next_try import next_try
from moderation.records import Notice

LEASE = timedelta(minutes=3)
TRIES = 16
WEBHOOK: Final = "webhook"
# To webhooks that fail, or have not shown yet that they work.
DOUBTFUL: Final = "doubtful webhook"

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


def lanes(channels: Iterable[str]) -> list[str]:
    """Return the lanes in which notices travel by these channels: one each, and two for webhooks.

    Each lane needs senders of its own, so that one that is blocked holds up no other.
    """
    found = list(channels)
    return [*found, *([DOUBTFUL] if WEBHOOK in found else [])]


def deliver(
    office: PostOffice, *, now: datetime, chance: float, lease: timedelta = LEASE, lane: str | None = None
) -> bool:
    """Send one notice that is due, or settle that it is not wanted any more; tell whether there was one.

    No transaction is open while it is sent. A notice whose worker dies is due again when its lease ends; its receiver
    may then get it twice, under the same id.

    Args:
        chance: from 0 to 1; spreads the times of the next tries.
        lease: longer than any channel takes to send.
        lane: the only one to send in; None for all.

    Raises:
        Outage: when the database cannot be reached.
    """
    token = new_token()
    with office.database.reading() as db:
        # Looking first: on SQLite a claim, even in vain, makes those wait who write.
        if db.scalar(_first(now, lane)) is None:
            return False
    with office.database.transaction() as db:
        notice = _claim(db, token, lane, now=now, until=now + lease)
    if notice is None:
        # Another was quicker with this one; there may be more.
        return True
    outcome = _send(office, notice, now)
    with office.database.transaction() as db:
        if notice.webhook_id is not None:
            outcome = _noted(db, notice.webhook_id, outcome, now=now, chance=chance)
        mine = update(Notice).where(Notice.id == notice.id, Notice.lease == token)
        db.execute(mine.values(**_settled(notice, outcome, now=now, chance=chance)))
    told = {"notice": notice.id, "kind": notice.kind, "attempt": notice.attempts}
    _log.info(outcome.word, extra=told | ({"problem": outcome.problem} if outcome.problem else {}))
    return True


def lag(db: Session, *, now: datetime) -> timedelta:
    """Return for how long the oldest due notice has been waiting; not for a webhook that is left alone for a while."""
    late = select(func.min(Notice.due_at)).where(Notice.finished.is_(False), webhook_state.not_paused(now))
    oldest = db.scalar(late)
    return max(now - oldest, timedelta()) if oldest else timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of a notice.

    Args:
        gone: the receiver wants nothing any more.
        wait: the receiver asked to be left alone for so long.
        until: when it is time for it.
    """

    word: str
    problem: str = ""
    gone: bool = False
    wait: timedelta = timedelta()
    until: datetime | None = None


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(Notice.leased_until.is_(None), Notice.leased_until <= now)
    return Notice.finished.is_(False), Notice.due_at <= now, free


def _first(now: datetime, lane: str | None) -> Select[str]:
    due = among = _due(now)
    if lane in (WEBHOOK, DOUBTFUL):
        among = (Notice.id.in_(webhook_state.first_of_each(*due, now=now, proven=lane == WEBHOOK)),)
    elif lane is not None:
        among = *due, Notice.channel == lane
    else:
        firsts = webhook_state.first_of_each(*due, now=now)
        among = *due, or_(Notice.webhook_id.is_(None), Notice.id.in_(firsts))
    return select(Notice.id).where(*among).order_by(Notice.due_at, Notice.id).limit(1)


def _claim(db: Session, token: str, lane: str | None, *, now: datetime, until: datetime) -> Notice | None:
    # The condition stands here too: on PostgreSQL, of two workers that found the same notice, the second waits for the
    # first and then looks at the row again, but not at the inner query.
    claim = update(Notice).where(Notice.id == _first(now, lane).scalar_subquery(), *_due(now))
    claim = claim.values(lease=token, leased_until=until, attempts=Notice.attempts + 1)
    notice = db.scalars(claim.returning(Notice), execution_options={"synchronize_session": False}).first()
    if notice is None or notice.webhook_id is None:
        return notice
    if not webhook_state.begin(db, notice.webhook_id, now=now, until=until):
        # Another worker has just begun to call it, with something else.
        db.rollback()
        return None
    return notice


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
    except NotYet as early:
        return _Outcome(word="early", until=early.until)
    except NotDelivered as failure:
        given_up = failure.permanent or notice.attempts >= TRIES
        gone = isinstance(failure, Gone)
        return _Outcome(word="dead" if given_up else "failed", problem=failure.problem, gone=gone, wait=failure.wait)
    except Exception as error:
        # A mistake of ours, or of the settings: the next release, or the owner, may put it right within two days.
        _log.exception("not sent", extra={"notice": notice.id, "kind": notice.kind})
        problem = error.message if isinstance(error, Problem) else f"It could not be written ({type(error).__name__})."
        return _Outcome(word="dead" if notice.attempts >= TRIES else "failed", problem=problem)
    return _Outcome(word="sent")


def _write(office: PostOffice, notice: Notice, now: datetime) -> Letter | None:
    with office.database.reading() as db:
        return catalogue("moderation.notifying.kinds", Kind)[notice.kind].write(db, notice, office.sender, now)


def _noted(db: Session, webhook_id: str, outcome: _Outcome, *, now: datetime, chance: float) -> _Outcome:
    """Note how a webhook fared; what it did not take is given up when it is switched off."""
    match outcome.word:
        case "sent":
            webhook_state.worked(db, webhook_id, now=now)
        case "failed" | "dead":
            told: dict[str, Any] = {"gone": outcome.gone, "wait": outcome.wait, "now": now, "chance": chance}
            if webhook_state.failed(db, webhook_id, outcome.problem, **told):
                return replace(outcome, word="dead")
        case _:
            webhook_state.end(db, webhook_id)
    return outcome


def _settled(notice: Notice, outcome: _Outcome, *, now: datetime, chance: float) -> dict[str, Any]:
    free: dict[str, Any] = {"lease": None, "leased_until": None}
    if outcome.word == "early":
        return free | {"due_at": outcome.until, "attempts": notice.attempts - 1}
    if outcome.word == "failed":
        return free | {"problem": outcome.problem[:500], "due_at": now + next_try(notice.attempts, chance)}
    return free | {"finished": True, f"{outcome.word}_at": now, "problem": outcome.problem[:500] or None}
