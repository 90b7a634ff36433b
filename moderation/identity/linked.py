"""Accounts elsewhere by which a moderator enters the dashboard; each must be linked first, by somebody signed in.

Whoever signs in at a provider is known by issuer and subject, never by the e-mail address.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import digest, new_token
from moderation.identity.moderator import IDLE
from moderation.identity.provider import Profile, providers
from moderation.identity.visit import Way
from moderation.records import DashboardAttempt, LinkedIdentity, Moderator, ModeratorSession, ProviderKeys

LIFETIME: Final = timedelta(minutes=10)
_LONGEST_NAME: Final = 200
_LATE: Final = "This took too long, or was begun in another browser. Please try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider that a moderator can be sent to.

    Args:
        asks: a question that comes before, such as where the account is.
    """

    name: str
    label: str
    asks: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A try whose answer is being taken up: what is needed to read it.

    Args:
        session: the digest of the session it links an account to; None when it is to enter the dashboard.
        there: where it leads afterwards.
    """

    nonce: str
    verifier: str = field(repr=False)
    kept: bytes | None
    session: bytes | None
    there: str
    row: ProviderKeys | None


def offers(db: Session) -> tuple[Offer, ...]:
    """Return all providers of this installation."""
    kinds = providers()
    usable = select(ProviderKeys).where(ProviderKeys.enabled, ProviderKeys.kind.in_(kinds))
    rows = db.scalars(usable.order_by(ProviderKeys.created_at, ProviderKeys.name))
    return tuple(Offer(name=row.name, label=row.label, asks=kinds[row.kind].asks) for row in rows)


def entries(db: Session) -> tuple[Offer, ...]:
    """Return the providers at which some moderator has linked an account."""
    linked = set(db.scalars(select(LinkedIdentity.provider).distinct()))
    return tuple(offer for offer in offers(db) if offer.name in linked)


def provider_keys(db: Session, name: str) -> ProviderKeys:
    """Return the keys at a provider.

    Args:
        name: text from a stranger.

    Raises:
        Missing: there is no such provider here.
    """
    row = db.get(ProviderKeys, name) if name.isprintable() else None
    if row is None or not row.enabled or row.kind not in providers():
        raise Missing("One cannot sign in this way here.")
    return row


def begin(db: Session, provider: str, way: Way, *, session: bytes | None, there: str, now: datetime) -> str:
    """Keep a try, and return the secret that binds it to the browser."""
    cookie, start = new_token(), way.start
    values = {"provider": provider, "nonce": start.nonce, "verifier": start.verifier, "kept": way.kept}
    row = DashboardAttempt(state=digest(start.state), cookie=digest(cookie), session=session, there=there, **values)
    row.created_at, row.expires_at = now, now + LIFETIME
    db.add(row)
    db.flush()
    return cookie


def is_ours(db: Session, state: str) -> bool:
    """Tell whether a provider's answer belongs to such a try, rather than to a reader's."""
    return db.get(DashboardAttempt, digest(state)) is not None


def take(db: Session, *, state: str, provider: str, cookie: str, now: datetime) -> Back:
    """Take up a provider's answer, once.

    Args:
        provider: at whose callback the answer came in.
        cookie: what the browser brought, from a stranger.

    Raises:
        NotAllowed: it was taken before, too late, from another browser, or came from another provider.
    """
    mine = update(DashboardAttempt).where(DashboardAttempt.state == digest(state))
    mine = mine.where(DashboardAttempt.cookie == digest(cookie), DashboardAttempt.provider == provider)
    mine = mine.where(DashboardAttempt.taken_at.is_(None), DashboardAttempt.expires_at > now).values(taken_at=now)
    row = db.scalars(mine.returning(DashboardAttempt)).one_or_none()
    if row is None:
        raise NotAllowed(_LATE, signed_in=False)
    return Back(
        nonce=row.nonce,
        verifier=row.verifier,
        kept=row.kept,
        session=row.session,
        there=row.there,
        row=db.get(ProviderKeys, provider),
    )


def link(db: Session, session: bytes, provider: str, profile: Profile, *, now: datetime) -> str:
    """Link an account elsewhere to the moderator who began it and is still signed in; return whose id that is.

    Args:
        session: the digest of the session in which it was begun.

    Raises:
        NotAllowed: that session has ended.
        Conflict: the account is linked already.
    """
    mine = db.get(ModeratorSession, session)
    if mine is None or mine.revoked_at is not None or mine.seen_at + IDLE <= now:
        raise NotAllowed("Your session has ended, so nothing was linked.", signed_in=False)
    key = {"issuer": profile.issuer, "subject": profile.subject}
    values = {"moderator_id": mine.moderator_id, "provider": provider, "name": _name(profile), "created_at": now}
    if not insert_missing(db, LinkedIdentity, **key, **values):
        known = db.get_one(LinkedIdentity, (profile.issuer, profile.subject))
        theirs = known.moderator_id != mine.moderator_id
        whom = "another moderator" if theirs else "you"
        raise Conflict(f"This account is linked to {whom} already.", code="already")
    return mine.moderator_id


def moderator_of(db: Session, profile: Profile, *, now: datetime) -> Moderator:
    """Return the moderator who linked an account.

    Raises:
        NotAllowed: nobody did.
    """
    known = db.get(LinkedIdentity, (profile.issuer, profile.subject))
    if known is None:
        sentence = "This account is not linked to a moderator. Sign in another way, and link it on your account page."
        raise NotAllowed(sentence, signed_in=False)
    known.seen_at, known.name = now, _name(profile)
    db.flush()
    return known.moderator


def linked_to(db: Session, moderator_id: str) -> tuple[LinkedIdentity, ...]:
    """Return a moderator's linked accounts, the newest first."""
    query = select(LinkedIdentity).where(LinkedIdentity.moderator_id == moderator_id)
    return tuple(db.scalars(query.order_by(LinkedIdentity.created_at.desc(), LinkedIdentity.subject)))


def unlink(db: Session, moderator_id: str, issuer: str, subject: str) -> str | None:
    """Unlink an account of the moderator's own; return at which provider it was, None when there is no such one."""
    if not (issuer.isprintable() and subject.isprintable()):
        return None
    mine = delete(LinkedIdentity).where(LinkedIdentity.moderator_id == moderator_id)
    mine = mine.where(LinkedIdentity.issuer == issuer, LinkedIdentity.subject == subject)
    return db.scalar(mine.returning(LinkedIdentity.provider))


def _name(profile: Profile) -> str:
    visible = "".join(character for character in profile.name or "" if character.isprintable())
    return " ".join(visible.split())[:_LONGEST_NAME] or profile.subject
