"""A passkey in software, as a device makes it: honest unless a test makes it lie."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass(kw_only=True)
class Device:
    """A device that holds one passkey.

    Args:
        flags: what it says of the person: there, and verified by a finger, a face or a PIN.
        counter: grows with each signature; a step of 0 is a device that does not count.
    """

    origin: str = ORIGIN
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    step: int = 1
    cross_origin: bool = False
    handle: bytes | None = None
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make the passkey that a page asks for; returns RegistrationResponseJSON."""
        self.handle = websafe_decode(options["user"]["id"])
        public = AttestedCredentialData.create(b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key()))
        data = AuthenticatorData.create(sha256(self.host.encode()), self.flags | ATTESTED, self.counter, public)
        attestation = AttestationObject.create("none", data, {})
        return self._answer("webauthn.create", options, attestationObject=attestation)

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Sign a page's challenge; returns AuthenticationResponseJSON."""
        self.counter += self.step
        data = AuthenticatorData.create(sha256(self.host.encode()), self.flags, self.counter)
        client = self._client("webauthn.get", options)
        signature = self.key.sign(data + sha256(client), ec.ECDSA(SHA256()))
        handle = {"userHandle": self.handle} if self.handle else {}
        return self._answer("webauthn.get", options, authenticatorData=data, signature=signature, **handle)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(said).encode()

    def _answer(self, kind: str, options: dict[str, Any], **parts: bytes) -> dict[str, Any]:
        response = {"clientDataJSON": websafe_encode(self._client(kind, options))}
        response |= {name: websafe_encode(bytes(part)) for name, part in parts.items()}
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
