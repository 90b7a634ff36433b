"""What one browser is asked to prove: a passkey's signature or a code, once and within five minutes."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.tokens import digest, new_token
from moderation.records import Challenge, Purpose

LIFETIME: Final = timedelta(minutes=5)
# Of codes that a person may get wrong, before the password is asked again.
TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A challenge just made.

    Args:
        token: binds it to the browser, which must bring it back; kept nowhere else.
        value: what a passkey signs.
    """

    token: str = field(repr=False)
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A challenge that its browser brought back in time."""

    moderator_id: str | None
    value: bytes


def ask(db: Session, purpose: Purpose, *, moderator_id: str | None, now: datetime) -> Asked:
    """Make a challenge.

    Args:
        moderator_id: who is to prove it; None while nobody knows.
    """
    asked = Asked(token=new_token(), value=secrets.token_bytes(32))
    row = Challenge(digest=digest(asked.token), purpose=purpose, moderator_id=moderator_id, value=asked.value)
    row.created_at, row.expires_at = now, now + LIFETIME
    db.add(row)
    db.flush()
    return asked


def take(db: Session, purpose: Purpose, token: str, *, now: datetime) -> Taken | None:
    """Use a challenge up, whatever comes of it; None when it is unknown, used or too old.

    Args:
        token: what the browser brought back, from a stranger.
    """
    mine = update(Challenge).where(Challenge.digest == digest(token), Challenge.purpose == purpose)
    mine = mine.where(Challenge.used_at.is_(None), Challenge.expires_at > now).values(used_at=now)
    found = db.execute(mine.returning(Challenge.moderator_id, Challenge.value)).one_or_none()
    return Taken(moderator_id=found.moderator_id, value=found.value) if found else None


def whose(db: Session, purpose: Purpose, token: str, *, now: datetime) -> str | None:
    """Return who is to prove an open challenge, without using it up; None when there is none."""
    mine = select(Challenge.moderator_id).where(Challenge.digest == digest(token), Challenge.purpose == purpose)
    mine = mine.where(Challenge.used_at.is_(None), Challenge.expires_at > now, Challenge.tries < TRIES)
    return db.scalar(mine)


def count_try(db: Session, purpose: Purpose, token: str, *, now: datetime) -> str | None:
    """Count a try before it is looked at, and return whose it is; None when there are none left."""
    mine = update(Challenge).where(Challenge.digest == digest(token), Challenge.purpose == purpose)
    mine = mine.where(Challenge.used_at.is_(None), Challenge.expires_at > now, Challenge.tries < TRIES)
    return db.scalar(mine.values(tries=Challenge.tries + 1).returning(Challenge.moderator_id))
