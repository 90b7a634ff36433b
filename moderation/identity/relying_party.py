"""What browsers are asked about passkeys, and whether their answers are to be believed.

Source: Web Authentication Level 3, sections 7.1 (registration) and 7.2 (authentication).
"""

from collections.abc import Mapping
from typing import Any, Final

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

from moderation.foundation.errors import NotAllowed
from moderation.identity.challenge import LIFETIME, Asked, Taken
from moderation.identity.passkey import WRONG, host_of
from moderation.records import Moderator, Passkey

_ID_BYTES: Final = range(16, 1024)


class RelyingParty:
    """This installation as passkeys know it: by the host of its public address, and reached at that address alone.

    Args:
        public_url: an origin, without a final slash.
    """

    def __init__(self, public_url: str) -> None:
        entity = PublicKeyCredentialRpEntity(id=host_of(public_url), name="Moderation")
        self._server = Fido2Server(entity, verify_origin=lambda origin: origin == public_url)

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
            raise NotAllowed(WRONG, field="passkey") from error
        if elsewhere or made.credential_data is None or len(made.credential_data.credential_id) not in _ID_BYTES:
            raise NotAllowed(WRONG, field="passkey")
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
            raise NotAllowed(WRONG, field="passkey") from error
        if elsewhere or (handle and handle != passkey.moderator_id.encode()):
            raise NotAllowed(WRONG, field="passkey")
        return counter

    def passkey_named(self, answer: Mapping[str, Any]) -> bytes | None:
        """Return the id of the passkey that an answer says it was signed with, None when it names none.

        Args:
            answer: AuthenticationResponseJSON, from a stranger.
        """
        try:
            return AuthenticationResponse.from_dict(answer).raw_id
        except Exception:
            return None


def _as_json(options: Mapping[str, Any]) -> dict[str, Any]:
    return {**options, "timeout": int(LIFETIME.total_seconds() * 1000)}


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=passkey.id)


def _state(taken: Taken) -> dict[str, Any]:
    return {"challenge": websafe_encode(taken.value), "user_verification": UserVerificationRequirement.REQUIRED}
