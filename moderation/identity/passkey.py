"""Passkeys of moderators: adding one, and signing in with it; the device asks for a finger, a face or its PIN.

Source: Web Authentication Level 3, sections 7.1 (registration) and 7.2 (authentication).
"""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import and_, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, NotAllowed, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.text import clean_name
from moderation.identity.challenge import LIFETIME, Asked, Taken
from moderation.records import Moderator, Passkey

MOST: Final = 20
_ID_BYTES: Final = range(16, 1024)
_WRONG: Final = "This passkey could not be checked. Please try again, or sign in another way."
_COPIED: Final = (
    "This passkey was refused: its counter did not grow, as if it had been copied. It is blocked. "
    "Sign in another way and remove it."
)


class Copied(NotAllowed):
    """A passkey seems to have been copied, and is blocked from now on; ``moderator_id`` says whose it is."""

    def __init__(self, moderator_id: str) -> None:
        super().__init__(_COPIED, signed_in=False, field="passkey")
        self.moderator_id = moderator_id


class RelyingParty:
    """This installation as passkeys know it: by the host of its public address, and reached at that address alone.

    Args:
        public_url: an origin, without a final slash.
    """

    def __init__(self, public_url: str) -> None:
        self.host: Final = urlsplit(public_url).hostname or ""
        entity = PublicKeyCredentialRpEntity(id=self.host, name="Moderation")
        self._server = Fido2Server(entity, verify_origin=lambda origin: origin == public_url)

    @property
    def is_possible(self) -> bool:
        """Whether there can be passkeys: browsers make none for a bare IP address."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False

    def creation(self, moderator: Moderator, known: tuple[Passkey, ...], asked: Asked) -> dict[str, Any]:
        """Return what a browser needs to make a passkey, as JSON (PublicKeyCredentialCreationOptionsJSON)."""
        user = PublicKeyCredentialUserEntity(
            id=moderator.id.encode(), name=moderator.email, display_name=moderator.name
        )
        options, _ = self._server.register_begin(
            user,
            credentials=[_descriptor(passkey) for passkey in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
            challenge=asked.value,
        )
        return _as_json(options.public_key)

    def request(self, known: tuple[Passkey, ...] | None, asked: Asked) -> dict[str, Any]:
        """Return what a browser needs to ask for a passkey, as JSON (PublicKeyCredentialRequestOptionsJSON).

        Args:
            known: those that will do; None for any it has for us.
        """
        options, _ = self._server.authenticate_begin(
            credentials=None if known is None else [_descriptor(passkey) for passkey in known],
            user_verification=UserVerificationRequirement.REQUIRED,
            challenge=asked.value,
        )
        return _as_json(options.public_key)

    def read_new(self, taken: Taken, answer: Mapping[str, Any]) -> tuple[AttestedCredentialData, int]:
        """Return a new passkey's data and its counter.

        Args:
            answer: RegistrationResponseJSON, from a stranger.

        Raises:
            NotAllowed: it does not answer this challenge, comes from another origin, or the user was not verified.
        """
        # The library is not made for hostile input: what it cannot read raises whatever its parsers raise.
        try:
            registration = RegistrationResponse.from_dict(answer)
            made = self._server.register_complete(_state(taken), registration)
            elsewhere = registration.response.client_data.cross_origin
        except Exception as error:
            raise NotAllowed(_WRONG, field="passkey") from error
        if elsewhere or made.credential_data is None or len(made.credential_data.credential_id) not in _ID_BYTES:
            raise NotAllowed(_WRONG, field="passkey")
        return made.credential_data, made.counter

    def read_signed(self, taken: Taken, passkey: Passkey, answer: Mapping[str, Any]) -> int:
        """Check a signature and return the counter it came with.

        Args:
            answer: AuthenticationResponseJSON, from a stranger.

        Raises:
            NotAllowed: as ``read_new``, or it was signed with another key.
        """
        try:
            signed = AuthenticationResponse.from_dict(answer)
            self._server.authenticate_complete(_state(taken), [AttestedCredentialData(passkey.credential)], signed)
            handle, elsewhere = signed.response.user_handle, signed.response.client_data.cross_origin
            counter = int(signed.response.authenticator_data.counter)
        except Exception as error:
            raise NotAllowed(_WRONG, field="passkey") from error
        if elsewhere or (handle and handle != passkey.moderator_id.encode()):
            raise NotAllowed(_WRONG, field="passkey")
        return counter


def passkeys_of(db: Session, moderator_id: str) -> tuple[Passkey, ...]:
    """Return a moderator's passkeys, the newest first."""
    query = select(Passkey).where(Passkey.moderator_id == moderator_id)
    return tuple(db.scalars(query.order_by(Passkey.created_at.desc(), Passkey.id)))


def add(
    db: Session, moderator: Moderator, name: str, new: tuple[AttestedCredentialData, int], *, now: datetime
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
    db: Session, party: RelyingParty, taken: Taken | None, answer: Mapping[str, Any], *, now: datetime
) -> Moderator | NotAllowed:
    """Return whose passkey signed the challenge, and note its use; or why it is refused, to be raised after the commit.

    A refusal is returned, since the challenge stays used and a passkey that seems copied stays blocked.

    Args:
        taken: None when the browser's challenge was not open any more.
        answer: AuthenticationResponseJSON, from a stranger.
    """
    if taken is None:
        return NotAllowed("This took too long. Please try again.", signed_in=False, field="passkey")
    try:
        passkey = db.get(Passkey, AuthenticationResponse.from_dict(answer).raw_id)
    except Exception:
        passkey = None
    if passkey is None or passkey.copied_at is not None:
        return NotAllowed(_COPIED if passkey else _WRONG, signed_in=False, field="passkey")
    if taken.moderator_id not in (None, passkey.moderator_id):
        return NotAllowed(_WRONG, signed_in=False, field="passkey")
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


def _as_json(options: Mapping[str, Any]) -> dict[str, Any]:
    return {**options, "timeout": int(LIFETIME.total_seconds() * 1000)}


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=passkey.id)


def _state(taken: Taken) -> dict[str, Any]:
    return {"challenge": websafe_encode(taken.value), "user_verification": UserVerificationRequirement.REQUIRED}
