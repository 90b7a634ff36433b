"""Moderators: their passwords, and the sessions on the dashboard that follow when they have signed in.

Checking a password is slow by design, so it stands between two transactions::

    account = find(db, email)           # reading
    checked = check(account, password)  # no transaction; raises NotAllowed
    moderator = accept(db, checked)     # writing; entrance.enter goes on from here
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import NotAllowed
from moderation.foundation.text import email_address
from moderation.foundation.tokens import digest, new_token
from moderation.identity.password import Sealed, matches, outdated, seal
from moderation.records import Moderator, ModeratorSession

IDLE: Final = timedelta(hours=12)
# How often a session in use is written to; finer would make every click a write.
_SEEN_EVERY: Final = timedelta(minutes=5)
_WRONG = "This e-mail address and password do not belong together."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known about an e-mail address before its password is checked; nothing, for a stranger's."""

    moderator_id: str | None
    password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A moderator who gave the right password. ``renewed`` is its hash made anew, where the old one is out of date."""

    moderator_id: str
    password: str
    renewed: Sealed | None


def address(text: str, *, field: str = "email") -> str:
    """Return a moderator's e-mail address in the form in which it is kept: in lower case.

    Raises:
        Refused: it is none.
    """
    return email_address(text, field=field).lower()


def find(db: Session, email: str) -> Account:
    """Return what is known about an e-mail address, from a stranger."""
    row = db.execute(
        select(Moderator.id, Moderator.password).where(func.lower(Moderator.email) == email.strip().lower())
    ).first()
    return Account(moderator_id=row.id, password=row.password) if row else Account(moderator_id=None, password=None)


def check(account: Account, password: str) -> Checked:
    """Check a password, from a stranger; as slow for an unknown address as for a known one.

    Raises:
        NotAllowed: it is wrong, or there is no such moderator; the sentence does not say which.
    """
    if not matches(account.password, password) or account.moderator_id is None or account.password is None:
        raise NotAllowed(_WRONG, signed_in=False, field="password")
    renewed = seal(password) if outdated(account.password) else None
    return Checked(moderator_id=account.moderator_id, password=account.password, renewed=renewed)


def accept(db: Session, checked: Checked) -> Moderator:
    """Return the moderator whose password was checked; what else they must show is ``entrance.enter``'s to say.

    Raises:
        NotAllowed: the password was changed while it was checked.
    """
    moderator = db.get(Moderator, checked.moderator_id, with_for_update=True)
    if moderator is None or moderator.password != checked.password:
        raise NotAllowed(_WRONG, signed_in=False, field="password")
    if checked.renewed:
        moderator.password = checked.renewed.hash
    return moderator


def begin_session(db: Session, moderator: Moderator, *, now: datetime, user_agent: str = "") -> str:
    """Return the token of a new session of somebody who has just proved who they are.

    Args:
        user_agent: what the browser calls itself; text from a stranger.
    """
    token = new_token()
    session = ModeratorSession(
        digest=digest(token),
        moderator_id=moderator.id,
        created_at=now,
        seen_at=now,
        confirmed_at=now,
        user_agent="".join(character for character in user_agent if character.isprintable())[:200],
    )
    db.add(session)
    db.flush()
    return token


def moderator_for(db: Session, token: str, *, now: datetime) -> ModeratorSession | None:
    """Return the session that a token, from a stranger, stands for; None when it has ended or was idle for too long."""
    session = db.get(ModeratorSession, digest(token))
    if session is None or session.revoked_at is not None or session.seen_at + IDLE <= now:
        return None
    return session


def wants_touch(session: ModeratorSession, *, now: datetime) -> bool:
    """Tell whether the session's use should be written down again."""
    return session.seen_at + _SEEN_EVERY <= now


def touch(db: Session, token: str, *, now: datetime) -> None:
    """Write down that a session is in use, so that it does not end for idleness."""
    db.execute(
        update(ModeratorSession)
        .where(ModeratorSession.digest == digest(token), ModeratorSession.revoked_at.is_(None))
        .where(ModeratorSession.seen_at > now - IDLE)
        .values(seen_at=now)
    )


def rotate(db: Session, token: str, *, now: datetime) -> str:
    """End a session and continue it under a new token, after its moderator has proved again who they are.

    Raises:
        NotAllowed: the session has ended.
    """
    session = moderator_for(db, token, now=now)
    if session is None:
        raise NotAllowed("Your session has ended. Please sign in again.", signed_in=False)
    session.revoked_at = now
    renewed = begin_session(db, session.moderator, now=now, user_agent=session.user_agent)
    db.get_one(ModeratorSession, digest(renewed)).created_at = session.created_at
    db.flush()
    return renewed


def sign_out(db: Session, token: str, *, now: datetime) -> None:
    """End a session; nothing happens when it has ended already."""
    query = update(ModeratorSession).where(ModeratorSession.digest == digest(token))
    db.execute(query.where(ModeratorSession.revoked_at.is_(None)).values(revoked_at=now))


def end_session(db: Session, moderator_id: str, digest_hex: str, *, now: datetime) -> None:
    """End one of a moderator's own sessions; nothing happens when there is no such one.

    Args:
        digest_hex: the SHA-256 of its token, by which its owner's page names it.
    """
    try:
        named = bytes.fromhex(digest_hex)
    except ValueError:
        return
    mine = update(ModeratorSession).where(ModeratorSession.digest == named, ModeratorSession.revoked_at.is_(None))
    db.execute(mine.where(ModeratorSession.moderator_id == moderator_id).values(revoked_at=now))


def sign_out_everywhere(db: Session, moderator_id: str, *, now: datetime) -> None:
    """End all sessions of a moderator."""
    query = update(ModeratorSession).where(ModeratorSession.moderator_id == moderator_id)
    db.execute(query.where(ModeratorSession.revoked_at.is_(None)).values(revoked_at=now))


def live_sessions(db: Session, moderator_id: str, *, now: datetime) -> tuple[ModeratorSession, ...]:
    """Return the sessions that a moderator could go on with, the one used last first."""
    query = select(ModeratorSession).where(ModeratorSession.moderator_id == moderator_id)
    query = query.where(ModeratorSession.revoked_at.is_(None), ModeratorSession.seen_at > now - IDLE)
    return tuple(db.scalars(query.order_by(ModeratorSession.seen_at.desc(), ModeratorSession.created_at.desc())))


def set_password(db: Session, moderator: Moderator, password: Sealed, *, now: datetime) -> None:
    """Change a moderator's password; whoever knew the old one is signed out everywhere."""
    moderator.password = password.hash
    sign_out_everywhere(db, moderator.id, now=now)
    db.flush()
