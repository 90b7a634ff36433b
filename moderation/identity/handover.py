"""Hands a finished sign-in over to the blog: a one-time code through the reader's browser, then a session for it.

The service's last page asks for the code (by POST, with the attempt's cookie) at the moment it has somebody to give it
to. An attempt has one code at a time: asking anew replaces the former, and after one was used there is no other.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Conflict
from moderation.foundation.tokens import digest, new_token, s256
from moderation.identity.attempt import bind
from moderation.identity.failure import Reason
from moderation.identity.return_address import return_address
from moderation.identity.verify import is_verified
from moderation.records import Attempt, Person, PersonSession, ProviderKeys, Site

CODE_LIFETIME: Final = timedelta(seconds=60)
IDLE: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=180)
_TOUCHED: Final = timedelta(hours=1)
# A provider gets 8 seconds; whoever took an answer up longer ago than this was stopped in between.
_STOPPED: Final = timedelta(seconds=20)

_USED: Final = "This sign-in has been used. Go back to the blog."


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the service's last page knows about an attempt.

    Args:
        reason: why nobody signed in; None while that is open, and when somebody did.
        is_settled: false while the provider's answer is still being read.
        is_used: the blog has exchanged its code.
        is_verified: the code may be sent to the page's address.
        return_address: where it may be sent else, on the page's own origin; None where the owner has set nothing.
        is_ours: it began on our own page of a thread, and nobody else is told.
    """

    attempt: str
    site_id: str
    label: str
    origin: str
    page: str
    reason: str | None
    is_settled: bool
    is_used: bool
    is_verified: bool
    return_address: str | None
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """A session that was made, with its token, which is kept nowhere."""

    token: str = field(repr=False)
    person: Person


def look(db: Session, attempt: str, *, cookie: str | None, now: datetime) -> View:
    """Return how an attempt stands, for the browser that began it.

    Raises:
        Missing, NotAllowed: as ``bind``.
    """
    found = bind(db, attempt, cookie)
    row = db.get(ProviderKeys, found.provider)
    return View(
        attempt=found.id,
        site_id=found.site_id,
        label=row.label if row else found.provider,
        origin=found.origin,
        page=found.page,
        reason=_reason(found, now),
        is_settled=_reason(found, now) is not None or found.person_id is not None,
        is_used=found.session is not None,
        is_verified=is_verified(db, found.site_id, found.page, now),
        return_address=return_address(db.get_one(Site, found.site_id), found.origin),
        is_ours=found.draft is not None,
    )


def hand_over(db: Session, attempt: str, *, cookie: str | None, now: datetime) -> str | Reason:
    """Return a fresh one-time code for the blog, or why there is none.

    Raises:
        Missing, NotAllowed: as ``bind``.
        Conflict: when the provider's answer is not there yet, or a code was used already.
    """
    found = bind(db, attempt, cookie)
    if found.code_used_at is not None:
        raise Conflict(_USED, code="already")
    reason = _reason(found, now)
    if reason is not None:
        return Reason(reason)
    if found.person_id is None:
        raise Conflict("The provider has not answered yet.")
    code = new_token()
    handing = (
        update(Attempt)
        .where(Attempt.id == attempt, Attempt.code_used_at.is_(None))
        .values(code=digest(code), code_expires_at=now + CODE_LIFETIME)
        .returning(Attempt.id)
    )
    if db.execute(handing).one_or_none() is None:
        raise Conflict(_USED, code="already")
    return code


def settle_here(db: Session, attempt: str, *, cookie: str | None, origin: str, now: datetime) -> str | None:
    """Begin a session for our own page, and return its token: once; None later, and when nobody signed in.

    Args:
        origin: the service's own.

    Raises:
        Missing, NotAllowed: as ``bind``.
    """
    found = bind(db, attempt, cookie)
    if found.draft is None or found.person_id is None or _reason(found, now) is not None:
        return None
    taking = (
        update(Attempt)
        .where(Attempt.id == attempt, Attempt.code_used_at.is_(None))
        .values(code_used_at=now)
        .returning(Attempt.id)
    )
    if db.execute(taking).one_or_none() is None:
        return None
    token = _begin(db, found, origin, now)
    found.session = digest(token)
    db.flush()
    return token


def exchange(
    db: Session, *, site: Site, attempt: str, code: str, verifier: str, origin: str | None, now: datetime
) -> Exchanged | None:
    """Exchange a one-time code for a session; None when it is not to be had.

    It answers None instead of raising, because what it revokes on the way must be committed.

    Args:
        verifier: of the challenge that the blog's page sent at the start.
        origin: where the browser says the page is; must be where the attempt began.
    """
    row = db.scalar(select(Attempt).where(Attempt.id == attempt).with_for_update())
    if row is None or row.code is None or not hmac.compare_digest(row.code, digest(code)):
        return None
    if row.site_id != site.id or row.origin != origin:
        return None
    if not hmac.compare_digest(s256(verifier), row.challenge):
        # The code is in wrong hands: nothing comes of it any more.
        _revoke(db, row.session, now)
        row.code, row.code_used_at = None, now
        db.flush()
        return None
    deadline = row.code_expires_at if row.code_used_at is None else row.code_used_at + CODE_LIFETIME
    if deadline is None or now >= deadline or row.person_id is None:
        return None
    # Asked again within a minute: the first answer was lost, and with it, perhaps, its token.
    _revoke(db, row.session, now)
    token = _begin(db, row, row.origin, now)
    row.session, row.code_used_at = digest(token), row.code_used_at or now
    db.flush()
    return Exchanged(token=token, person=db.get_one(Person, row.person_id))


def session_for(db: Session, token: str, now: datetime) -> PersonSession | None:
    """Return the session of a token, None when there is none, it was revoked, or it has ended.

    Args:
        token: text from a stranger.
    """
    session = db.get(PersonSession, digest(token), options=[joinedload(PersonSession.person)])
    if session is None or session.revoked_at is not None:
        return None
    return session if now < session.seen_at + IDLE and now < session.created_at + LONGEST else None


def wants_touch(session: PersonSession, now: datetime) -> bool:
    """Tell whether a session was last noted as used so long ago that it is worth a write."""
    return now >= session.seen_at + _TOUCHED


def touch(db: Session, token: str, now: datetime) -> None:
    """Note that a session is in use."""
    db.execute(update(PersonSession).where(PersonSession.digest == digest(token)).values(seen_at=now))


def revoke(db: Session, token: str, now: datetime) -> None:
    """End a session; twice is once."""
    _revoke(db, digest(token), now)


def _begin(db: Session, attempt: Attempt, origin: str, now: datetime) -> str:
    token = new_token("st_")
    who = {"person_id": attempt.person_id, "site_id": attempt.site_id, "origin": origin}
    db.add(PersonSession(digest=digest(token), created_at=now, seen_at=now, **who))
    return token


def _revoke(db: Session, session: bytes | None, now: datetime) -> None:
    if session is not None:
        open_still = (PersonSession.digest == session, PersonSession.revoked_at.is_(None))
        db.execute(update(PersonSession).where(*open_still).values(revoked_at=now))


def _reason(attempt: Attempt, now: datetime) -> str | None:
    if attempt.error is not None:
        return attempt.error
    if now >= attempt.expires_at:
        return Reason.login_expired.value
    if attempt.person_id is None and attempt.taken_at is not None and now >= attempt.taken_at + _STOPPED:
        return Reason.provider_down.value
    return None
