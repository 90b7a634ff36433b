"""Identifiers, secrets and signatures."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moderation.foundation.errors import Refused

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NONCE = 12


def new_id(prefix: str, now: datetime) -> str:
    """Return a new public identifier such as ``c_`` and 22 base62 characters.

    48 bits of milliseconds come first, so that new rows stand together in an index; 80 bits of chance follow.
    An identifier is a name, not a secret.
    """
    number = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    digits = []
    for _ in range(22):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return f"{prefix}_{''.join(reversed(digits))}"


def new_token(prefix: str = "") -> str:
    """Return a new secret of 256 bits as URL-safe text, 43 characters after the prefix."""
    return prefix + secrets.token_urlsafe(32)


def new_signing_secret() -> str:
    """Return a new secret to sign webhooks with: 256 bits as base64 behind its prefix.

    Source: Standard Webhooks 1.0.0, "Signature scheme".
    """
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def digest(token: str) -> bytes:
    """Return the SHA-256 of a secret, the only form in which it is stored."""
    return hashlib.sha256(token.encode()).digest()


def s256(verifier: str) -> str:
    """Return the PKCE challenge of a verifier.

    Source: RFC 7636, section 4.2.
    """
    return base64.urlsafe_b64encode(digest(verifier)).rstrip(b"=").decode()


class Keys:
    """Keys for each purpose, derived from the installation's one secret.

    Args:
        secret: at least 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise Refused("The secret key is too short; it needs at least 32 bytes.")
        self._secret = secret
        self._derived: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        """Return the 32-byte key of one purpose."""
        if purpose not in self._derived:
            hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"moderation/{purpose}".encode())
            self._derived[purpose] = hkdf.derive(self._secret)
        return self._derived[purpose]

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """Return a hash of a text that nobody without the secret can make."""
        return hmac.digest(self.key(purpose), text.encode(), "sha256")

    def sign(self, purpose: str, text: str) -> str:
        """Return a signature of a text: 43 URL-safe characters."""
        return base64.urlsafe_b64encode(self.keyed_hash(purpose, text)).rstrip(b"=").decode()

    def check(self, purpose: str, text: str, signature: str) -> bool:
        """Tell whether a signature, from a stranger, is that of the text."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def encrypt(self, purpose: str, plain: bytes) -> bytes:
        """Return the plain bytes sealed with AES-256-GCM, its nonce in front."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.key(purpose)).encrypt(nonce, plain, purpose.encode())

    def decrypt(self, purpose: str, sealed: bytes) -> bytes:
        """Return the plain bytes.

        Raises:
            Refused: when they were sealed with another secret, or changed since.
        """
        try:
            return AESGCM(self.key(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Refused("A stored secret cannot be read with this installation's secret key.") from error
