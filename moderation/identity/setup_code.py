"""The set-up link: it makes the first owner, or lets a moderator who is locked out choose a new password."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.foundation.text import clean_name
from moderation.foundation.tokens import digest, new_id, new_token
from moderation.identity.forget import forget_factors
from moderation.identity.moderator import address, set_password
from moderation.identity.password import Sealed
from moderation.identity.site import own_everything
from moderation.records import Moderator, SetupCode

SETUP_MINUTES: Final = 30
_NO_CODE: Final = "This set-up link is not valid any more. Print a new one on the server with “moderation setup”."


def is_set_up(db: Session) -> bool:
    """Tell whether anybody can sign in to the dashboard."""
    return db.scalar(select(Moderator.id).where(Moderator.password.is_not(None)).limit(1)) is not None


def new_setup_code(db: Session, moderator_id: str | None, *, now: datetime, forgets: bool = False) -> str:
    """Return a new code for a set-up link, 43 characters, good once and for 30 minutes; older ones for the same end.

    Args:
        moderator_id: whose password it sets; None to make the installation's first owner.
        forgets: it also takes away the second factor, passkeys and linked accounts, for somebody who lost them.
    """
    _use_up(db, moderator_id, now)
    code = new_token()
    expires_at = now + timedelta(minutes=SETUP_MINUTES)
    row = SetupCode(digest=digest(code), moderator_id=moderator_id, expires_at=expires_at, forgets=forgets)
    row.created_at = now
    db.add(row)
    db.flush()
    return code


def setup_for(db: Session, code: str, *, now: datetime) -> Moderator | None:
    """Return whose password a set-up code, from a stranger, sets; None when it makes the first owner.

    Raises:
        Missing: it is unknown, used, too old, or there is a first owner already.
    """
    row = db.get(SetupCode, digest(code))
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise Missing(_NO_CODE)
    if row.moderator_id is None and is_set_up(db):
        raise Missing(_NO_CODE)
    return db.get(Moderator, row.moderator_id) if row.moderator_id else None


def set_up(db: Session, code: str, *, email: str, name: str, password: Sealed, now: datetime) -> Moderator:
    """Use a set-up code: make the first owner, or give a moderator a new password and end all their sessions.

    The first owner owns every site there is.

    Args:
        email, name: text from a stranger; not used for a moderator who has one.

    Raises:
        Missing: the code is not, or no longer, valid.
        Refused: an address or a name that cannot be taken.
    """
    moderator = setup_for(db, code, now=now)
    if digest(code) not in _use_up(db, moderator.id if moderator else None, now):
        raise Missing(_NO_CODE)
    if moderator is None:
        moderator = _first_owner(db, email=address(email), name=clean_name(name, field="name"), now=now)
    if db.get_one(SetupCode, digest(code)).forgets:
        forget_factors(db, moderator.id)
    set_password(db, moderator, password, now=now)
    return moderator


def setup_forgets(db: Session, code: str) -> bool:
    """Tell whether a set-up code, from a stranger, also takes away the second factor, passkeys and linked accounts."""
    row = db.get(SetupCode, digest(code))
    return row is not None and row.forgets


def _use_up(db: Session, moderator_id: str | None, now: datetime) -> set[bytes]:
    # All codes for the same end at once: of two who use two first owner's codes together, one finds none left.
    same_end = SetupCode.moderator_id.is_(None) if moderator_id is None else SetupCode.moderator_id == moderator_id
    query = update(SetupCode).where(same_end, SetupCode.used_at.is_(None)).values(used_at=now)
    return set(db.scalars(query.returning(SetupCode.digest)))


def _first_owner(db: Session, *, email: str, name: str, now: datetime) -> Moderator:
    moderator = db.scalar(select(Moderator).where(func.lower(Moderator.email) == email))
    if moderator is None:
        moderator = Moderator(id=new_id("m", now), email=email, name=name, password=None, created_at=now)
        db.add(moderator)
        db.flush()
    own_everything(db, moderator, now=now)
    return moderator
