"""Notices when readers cannot sign in somewhere, hides that way in until it works, and tells the owner why.

Readers' failures only raise the suspicion, since anybody can make them up; what decides is our own test. The one thing
that no test shows is that credits are used up: there the provider's word to readers' sign-ins is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.insert import insert_missing
from moderation.foundation.outbound import Outbound
from moderation.foundation.tokens import Keys
from moderation.identity.diagnosis import diagnose
from moderation.identity.failure import Reason
from moderation.identity.probe import Found, probe
from moderation.identity.provider_keys import redirect_address
from moderation.records import Attempt, ProviderKeys, ProviderTrouble

WINDOW: Final = timedelta(hours=1)
# Failures within the window, without a success after them, that raise the suspicion.
ENOUGH: Final = 3
ENOUGH_DOWN: Final = 10
_COUNTED: Final = (Reason.provider_misconfigured, Reason.provider_quota, Reason.provider_bad_reply)
_QUOTA: Final = Reason.provider_quota.value
_FIRST_DELAY: Final = timedelta(minutes=2)
_LONGEST_DELAY: Final = timedelta(hours=1)
_QUOTA_DELAY: Final = timedelta(minutes=30)
_LEASE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A provider in trouble, as its owner is told.

    Args:
        detail: what was said that shows it; may quote the provider.
    """

    name: str
    label: str
    sentence: str
    detail: str
    hidden: bool
    since: datetime


def troubles(db: Session, public_url: str) -> Sequence[Told]:
    """Return all providers that readers cannot use, or could not lately."""
    rows = select(ProviderTrouble, ProviderKeys.label).join(ProviderKeys).where(ProviderKeys.enabled)
    return [
        Told(
            name=row.name,
            label=label,
            sentence=diagnose(Reason(row.reason), row.detail, redirect_uri=redirect_address(public_url, row.name)),
            detail=row.detail,
            hidden=row.hidden,
            since=row.since,
        )
        for row, label in db.execute(rows.order_by(ProviderKeys.position, ProviderKeys.name))
    ]


def hidden() -> Select[str]:
    """Return the names of those that readers are not offered."""
    return select(ProviderTrouble.name).where(ProviderTrouble.hidden)


def sweep(db: Session, *, now: datetime) -> None:
    """Look at what readers' sign-ins led to lately: who worked is in trouble no more, who failed is suspected."""
    worked = select(Attempt.id).where(
        Attempt.provider == ProviderTrouble.name,
        Attempt.person_id.is_not(None),
        Attempt.taken_at > ProviderTrouble.since,
    )
    db.execute(delete(ProviderTrouble).where(worked.exists()), execution_options={"synchronize_session": False})
    for name, last in _suspects(db, now).items():
        insert_missing(
            db,
            ProviderTrouble,
            name=name,
            reason=last.error,
            detail=last.detail or "",
            since=last.taken_at,
            seen_at=now,
            due_at=now,
        )
    # Offered again on trial, and the credits are used up still.
    again = select(Attempt.id).where(
        Attempt.provider == ProviderTrouble.name, Attempt.error == _QUOTA, Attempt.taken_at > ProviderTrouble.seen_at
    )
    on_trial = (ProviderTrouble.hidden.is_(False), ProviderTrouble.reason == _QUOTA, ProviderTrouble.tries > 0)
    hide = update(ProviderTrouble).where(*on_trial, again.exists())
    db.execute(
        hide.values(hidden=True, seen_at=now, due_at=now + _QUOTA_DELAY, tries=ProviderTrouble.tries + 1),
        execution_options={"synchronize_session": False},
    )


def look_after(database: Database, outbound: Outbound, keys: Keys, *, public_url: str, now: datetime) -> bool:
    """Test one provider that is in trouble and due; tell whether there was one. No transaction is open meanwhile.

    Raises:
        Outage: when the database cannot be reached.
    """
    with database.reading() as db:
        if db.scalar(_due(now)) is None:
            return False
    with database.transaction() as db:
        claim = update(ProviderTrouble).where(
            ProviderTrouble.name == _due(now).scalar_subquery(), ProviderTrouble.due_at <= now
        )
        name = db.scalar(claim.values(due_at=now + _LEASE).returning(ProviderTrouble.name))
        row = db.get(ProviderKeys, name) if name is not None else None
    if row is None:
        return False
    found = probe(row, outbound, keys, public_url=public_url, now=now)
    with database.transaction() as db:
        _settle(db, row.name, found, now)
    return True


def note_test(db: Session, name: str, found: Found, *, now: datetime) -> None:
    """Write down what the owner's own test of a provider found.

    Raises:
        Missing: when it was removed meanwhile.
    """
    if found.reason is None:
        _works(db, name, now)
        return
    known = {"reason": found.reason.value, "detail": found.detail, "seen_at": now, "due_at": now + _FIRST_DELAY}
    # What is plainly wrong with the keys cannot work for readers; all else is tested again first.
    plain = found.reason is Reason.provider_misconfigured
    if insert_missing(db, ProviderTrouble, name=name, since=now, hidden=plain, tries=1, **known):
        return
    changes: dict[str, Any] = known | ({"hidden": True} if plain else {})
    db.execute(update(ProviderTrouble).where(ProviderTrouble.name == name).values(**changes))


def lately_failed(db: Session, *, now: datetime) -> dict[tuple[str, ...], int]:
    """Return how many sign-ins of the last hour failed, by provider and reason."""
    counted = select(Attempt.provider, Attempt.error, func.count()).where(
        Attempt.expires_at > now - timedelta(hours=1),
        Attempt.taken_at > now - timedelta(hours=1),
        Attempt.error.is_not(None),
    )
    rows = db.execute(counted.group_by(Attempt.provider, Attempt.error))
    return {(provider, str(error)): number for provider, error, number in rows}


def _suspects(db: Session, now: datetime) -> dict[str, Attempt]:
    """Return the last failure at each provider that failed often enough since it last worked."""
    lately = (Attempt.expires_at > now - WINDOW, Attempt.taken_at > now - WINDOW)
    worked = (
        select(Attempt.provider, func.max(Attempt.taken_at).label("at"))
        .where(*lately, Attempt.person_id.is_not(None))
        .group_by(Attempt.provider)
        .subquery()
    )
    since = (
        or_(worked.c.at.is_(None), Attempt.taken_at > worked.c.at),
        or_(ProviderKeys.works_at.is_(None), Attempt.taken_at > ProviderKeys.works_at),
    )
    failed = (
        select(Attempt.provider, Attempt.error, func.count())
        .join(ProviderKeys, and_(ProviderKeys.name == Attempt.provider, ProviderKeys.enabled))
        .outerjoin(worked, worked.c.provider == Attempt.provider)
        .where(*lately, *since, Attempt.error.in_([*_COUNTED, Reason.provider_down]))
        .group_by(Attempt.provider, Attempt.error)
    )
    known = set(db.scalars(select(ProviderTrouble.name)))
    counts: dict[str, dict[str | None, int]] = {}
    for name, error, number in db.execute(failed):
        counts.setdefault(name, {})[error] = number
    found = {}
    for name, numbers in counts.items():
        down = numbers.pop(Reason.provider_down.value, 0)
        wrong = sum(numbers.values())
        if name in known or (wrong < ENOUGH and down < ENOUGH_DOWN):
            continue
        telling = _COUNTED if wrong >= ENOUGH else (Reason.provider_down,)
        newest = select(Attempt).where(*lately, Attempt.provider == name, Attempt.error.in_(telling))
        found[name] = db.scalars(newest.order_by(Attempt.taken_at.desc()).limit(1)).one()
    return found


def _due(now: datetime) -> Select[str]:
    due = select(ProviderTrouble.name).where(ProviderTrouble.due_at <= now)
    return due.order_by(ProviderTrouble.due_at, ProviderTrouble.name).limit(1)


def _settle(db: Session, name: str, found: Found, now: datetime) -> None:
    row = db.get(ProviderTrouble, name, with_for_update=True)
    if row is None:
        # It worked for somebody meanwhile, or was removed.
        return
    if found.reason is not None:
        row.reason, row.detail, row.hidden = found.reason.value, found.detail, True
        row.due_at = now + min(_FIRST_DELAY * 2.0**row.tries, _LONGEST_DELAY)
    elif row.reason == _QUOTA and (row.tries == 0 or row.hidden):
        # Nothing shows whether there are credits again but a reader's sign-in: it is offered on trial now and then.
        row.hidden = row.tries == 0
        row.due_at = now + _QUOTA_DELAY * min(2.0 ** max(row.tries - 1, 0), 12.0)
    elif row.hidden or not _failed_since(db, row):
        _works(db, name, now)
        return
    else:
        # Readers fail, and our test finds nothing: the owner is told, and it stays on offer.
        row.due_at = now + _LONGEST_DELAY
    row.tries += 1
    row.seen_at = now


def _failed_since(db: Session, row: ProviderTrouble) -> bool:
    if row.tries == 0:
        return True
    failures = select(Attempt.id).where(Attempt.provider == row.name, Attempt.taken_at > row.seen_at)
    return db.scalar(failures.where(Attempt.error.in_([*_COUNTED, Reason.provider_down])).limit(1)) is not None


def _works(db: Session, name: str, now: datetime) -> None:
    db.execute(delete(ProviderTrouble).where(ProviderTrouble.name == name))
    db.execute(update(ProviderKeys).where(ProviderKeys.name == name).values(works_at=now))
