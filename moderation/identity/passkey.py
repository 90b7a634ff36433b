"""Passkeys of moderators: adding one, and signing in with it; the device asks for a finger, a face or its PIN.

What a browser is asked and what it answers is ``relying_party``'s, whose library is loaded when a passkey is used.
"""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sqlalchemy import and_, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, NotAllowed, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.text import clean_name
from moderation.identity.challenge import Taken
from moderation.records import Moderator, Passkey

if TYPE_CHECKING:
    from fido2.webauthn import AttestedCredentialData

    from moderation.identity.relying_party import RelyingParty

MOST: Final = 20
WRONG: Final = "This passkey could not be checked. Please try again, or sign in another way."
_COPIED: Final = (
    "This passkey was refused: its counter did not grow, as if it had been copied. It is blocked. "
    "Sign in another way and remove it."
)


class Copied(NotAllowed):
    """A passkey seems to have been copied, and is blocked from now on; ``moderator_id`` says whose it is."""

    def __init__(self, moderator_id: str) -> None:
        super().__init__(_COPIED, signed_in=False, field="passkey")
        self.moderator_id = moderator_id


def host_of(public_url: str) -> str:
    """Return the host that passkeys of this installation belong to.

    Args:
        public_url: an origin, without a final slash.
    """
    return urlsplit(public_url).hostname or ""


def are_possible(public_url: str) -> bool:
    """Tell whether there can be passkeys: browsers make none for a bare IP address."""
    try:
        ip_address(host_of(public_url))
    except ValueError:
        return True
    return False


def passkeys_of(db: Session, moderator_id: str) -> tuple[Passkey, ...]:
    """Return a moderator's passkeys, the newest first."""
    query = select(Passkey).where(Passkey.moderator_id == moderator_id)
    return tuple(db.scalars(query.order_by(Passkey.created_at.desc(), Passkey.id)))


def add(
    db: Session, moderator: Moderator, name: str, new: "tuple[AttestedCredentialData, int]", *, now: datetime
) -> None:
    """Keep a new passkey.

    Args:
        name: what its owner calls it.
        new: from ``RelyingParty.read_new``.

    Raises:
        Refused: the name cannot be taken, or there are too many.
        Conflict: it is known already.
    """
    name = clean_name(name, field="name")
    if len(passkeys_of(db, moderator.id)) >= MOST:
        raise Refused(f"There can be at most {MOST} passkeys. Remove one first.", field="passkey")
    credential, counter = new
    values: dict[str, Any] = {"moderator_id": moderator.id, "name": name, "counter": counter, "created_at": now}
    if not insert_missing(db, Passkey, id=credential.credential_id, credential=bytes(credential), **values):
        raise Conflict("This passkey is known already.", code="already", field="passkey")


def prove(
    db: Session, party: "RelyingParty", taken: Taken | None, answer: Mapping[str, Any], *, now: datetime
) -> Moderator | NotAllowed:
    """Return whose passkey signed the challenge, and note its use; or why it is refused, to be raised after the commit.

    A refusal is returned, since the challenge stays used and a passkey that seems copied stays blocked.

    Args:
        taken: None when the browser's challenge was not open any more.
        answer: AuthenticationResponseJSON, from a stranger.
    """
    if taken is None:
        return NotAllowed("This took too long. Please try again.", signed_in=False, field="passkey")
    named = party.passkey_named(answer)
    passkey = db.get(Passkey, named) if named else None
    if passkey is None or passkey.copied_at is not None:
        return NotAllowed(_COPIED if passkey else WRONG, signed_in=False, field="passkey")
    if taken.moderator_id not in (None, passkey.moderator_id):
        return NotAllowed(WRONG, signed_in=False, field="passkey")
    try:
        counter = party.read_signed(taken, passkey, answer)
    except NotAllowed as refused:
        return refused
    if not _count(db, passkey.id, counter, now):
        db.execute(update(Passkey).where(Passkey.id == passkey.id).values(copied_at=now))
        return Copied(passkey.moderator_id)
    return passkey.moderator


def remove(db: Session, moderator_id: str, id_hex: str) -> bool:
    """Remove one of a moderator's own passkeys; tell whether there was such a one.

    Args:
        id_hex: its id, as the owner's page names it.
    """
    try:
        named = bytes.fromhex(id_hex)
    except ValueError:
        return False
    mine = delete(Passkey).where(Passkey.id == named, Passkey.moderator_id == moderator_id)
    return db.scalar(mine.returning(Passkey.moderator_id)) is not None


def _count(db: Session, passkey_id: bytes, counter: int, now: datetime) -> bool:
    # Passkeys that are kept in step between devices have no counter and say 0 for ever.
    grows = or_(Passkey.counter < counter, and_(Passkey.counter == 0, literal(counter) == 0))
    mine = update(Passkey).where(Passkey.id == passkey_id, Passkey.copied_at.is_(None), grows)
    return db.scalar(mine.values(counter=counter, seen_at=now).returning(Passkey.id)) is not None
