"""Says who we are to servers that never heard of us: our address is our name, and a document there describes us."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.tokens import Keys
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Client, open_client
from moderation.records import ProviderKeys

KIND: Final = "bluesky"
PATH: Final = "/oauth/client-metadata.json"
SCOPE: Final = "atproto"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Source: SEC 2, section 2.4.2.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """Who we are.

    Args:
        key: what we sign with; None on this machine, where nobody could look our public key up.
    """

    client_id: str
    redirect_uri: str
    key: ECKey | None

    def sign(self, issuer: str, now: datetime) -> dict[str, str]:
        """Return the fields that prove to a server, once, that it is us.

        Source: RFC 7523, section 2.2.
        """
        if self.key is None:
            return {"client_id": self.client_id}
        moment = int(now.timestamp())
        said = {"iss": self.client_id, "sub": self.client_id, "aud": issuer, "jti": token_urlsafe(16)}
        moments = {"iat": moment, "exp": moment + 60}
        signed = jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**said, **moments}, self.key)
        return {"client_id": self.client_id, "client_assertion_type": _ASSERTION, "client_assertion": signed}


def ourselves(client: Client[Any]) -> Ourselves:
    """Return who we are at the address that the client's callback is at.

    Raises:
        SignInFailed: when the address cannot be a name.

    Source: atproto.com/specs/oauth, "Clients" and "Localhost Client Development".
    """
    parts = urlsplit(client.redirect_uri)
    if parts.scheme == "https":
        if parts.port is not None or _is_number(parts.hostname or ""):
            raise SignInFailed(Reason.provider_misconfigured, "The public address must be a name without a port.")
        return Ourselves(
            client_id=f"https://{parts.hostname}{PATH}", redirect_uri=client.redirect_uri, key=signing_key(client)
        )
    # There the callback must be at a number, though everything else may be at localhost.
    redirect_uri = client.redirect_uri.replace("://localhost", "://127.0.0.1", 1)
    if urlsplit(redirect_uri).hostname not in ("127.0.0.1", "::1"):
        raise SignInFailed(Reason.provider_misconfigured, "The public address must be https, or http://localhost.")
    about_us = urlencode({"redirect_uri": redirect_uri, "scope": SCOPE})
    return Ourselves(client_id=f"http://localhost?{about_us}", redirect_uri=redirect_uri, key=None)


def describe(db: Session, keys: Keys, public_url: str) -> dict[str, Any] | None:
    """Return the document about us, None when it is of no use to anybody.

    Source: atproto.com/specs/oauth, "Client ID Metadata Document".
    """
    rows = db.scalars(select(ProviderKeys).where(ProviderKeys.kind == KIND, ProviderKeys.enabled))
    clients = [open_client(row, keys, public_url)[1] for row in rows.all()]
    return _document(clients, public_url) if clients and public_url.startswith("https://") else None


def signing_key(client: Client[Any]) -> ECKey:
    """Return the key that we sign with towards servers: always the same for one installation."""
    seed = hashlib.sha512(client.secret.encode()).digest()
    private = ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(text)
    return ECKey.import_key(text, {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"})


def _document(clients: Sequence[Client[Any]], public_url: str) -> dict[str, Any]:
    us = ourselves(clients[0])
    return {
        "client_id": us.client_id,
        "client_name": f"Comments ({urlsplit(public_url).netloc})",
        "client_uri": public_url,
        "application_type": "web",
        "redirect_uris": sorted(client.redirect_uri for client in clients),
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": SCOPE,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "dpop_bound_access_tokens": True,
        "jwks": {"keys": [signing_key(clients[0]).as_dict(private=False)]},
    }


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
