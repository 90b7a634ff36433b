"""Makes ID tokens that are wrong on purpose, by hand where no library would."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.lying_issuer import CLIENT_ID, KEY

Claims = dict[str, Any]
Sign = Callable[[Claims], Any]

STRANGERS = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
SHARED = OctKey.import_key("k" * 64, {"kid": "shared"})


def part(value: Any) -> str:
    """Return a part of a token: JSON, or bytes as they are."""
    plain = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def by_hand(header: Any, sign: Callable[[bytes], bytes], payload: Callable[[Claims], Any] = dict) -> Sign:
    """Return a signer of one's own.

    Args:
        header: an object, or the very bytes of it.
        payload: makes what is signed of the claims; an object, or the very bytes of it.
    """

    def forge(claims: Claims) -> str:
        text = f"{part(header)}.{part(payload(claims))}"
        return f"{text}.{part(sign(text.encode()))}"

    return forge


def rightly(text: bytes) -> bytes:
    """Sign as the issuer does."""
    assert KEY.private_key is not None
    return KEY.private_key.sign(text, PKCS1v15(), SHA256())


def with_shared(secret: bytes) -> Callable[[bytes], bytes]:
    """Sign as somebody who knows only what is not secret."""
    return lambda text: hmac.digest(secret, text, "sha256")


def public_key() -> bytes:
    """Return the issuer's public key, as anybody can have it."""
    return KEY.as_pem(private=False)


def nothing(_text: bytes) -> bytes:
    """Do not sign."""
    return b""


def zeros(_text: bytes) -> bytes:
    """Sign with r = s = 0, which some libraries took for right with every key and text."""
    return bytes(64)


def by_stranger(**header: Any) -> Sign:
    """Sign with a key of one's own under the issuer's name for its key."""
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, STRANGERS)


def by_stranger_without_name(claims: Claims) -> str:
    """Sign with a key of one's own, and do not name it."""
    return jwt.encode({"alg": "RS256"}, claims, STRANGERS)


def honestly(**header: Any) -> Sign:
    """Sign as the issuer does, with something else in the header."""
    return by_hand({"alg": "RS256", "kid": "one", **header}, rightly)


def twice(name: str, value: Any, *, first: bool = False) -> Callable[[Claims], bytes]:
    """Say a claim twice, which parsers read differently."""

    def say(claims: Claims) -> bytes:
        text = json.dumps(claims)
        more = f"{json.dumps(name)}: {json.dumps(value)}"
        return (f"{{{more}, {text[1:]}" if first else f"{text[:-1]}, {more}}}").encode()

    return say


def literal(name: str, text: str) -> Callable[[Claims], bytes]:
    """Say a claim in letters that JSON does not have."""
    return lambda claims: json.dumps(claims | {name: "?"}).replace('"?"', text).encode()


def encrypted(claims: Claims) -> str:
    """Encrypt instead of signing; anybody who knows the client's id can."""
    secret = OctKey.import_key(CLIENT_ID.ljust(32, "."))
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, json.dumps(claims).encode(), secret)


def in_json(claims: Claims) -> dict[str, Any]:
    """Use the form with several signatures, of which one is right."""
    header, payload, signature = honestly()(claims).split(".")
    return {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}


def flattened(claims: Claims) -> dict[str, Any]:
    """Use the form with names in place of dots."""
    header, payload, signature = honestly()(claims).split(".")
    return {"payload": payload, "protected": header, "signature": signature}


def cut(claims: Claims) -> str:
    """Leave the signature's end out."""
    return honestly()(claims)[:-6]


def changed_content(claims: Claims) -> str:
    """Put other claims under a right signature."""
    header, _payload, signature = honestly()(claims).split(".")
    return f"{header}.{part(claims | {'sub': 'bob'})}.{signature}"
