"""Signs each request to a server with a key made for one sign-in, so that what it gives us is of use to us alone."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from moderation.identity.calls import Calls, read_json
from moderation.identity.failure import Reason, SignInFailed

# The first is refused to tell us the server's nonce; one more, when it has just changed it.
_TRIES: Final = 3
_LONGEST: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a server answered.

    Args:
        nonce: what it wants to see in the next proof.
    """

    status: int
    found: dict[str, Any]
    nonce: str


def new_key() -> str:
    """Return a new private key as text."""
    return json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True))


def read_key(text: str) -> ECKey:
    """Return a key from its text.

    Raises:
        SignInFailed: when it is none.
    """
    try:
        return ECKey.import_key(json.loads(text))
    except (JoseError, ValueError, TypeError) as error:
        raise SignInFailed(Reason.provider_bad_reply, "The key of this sign-in cannot be read.") from error


def send(calls: Calls, url: str, fields: Callable[[], Mapping[str, str]], *, key: ECKey, nonce: str) -> Said:
    """Post a form with a proof, again with the server's nonce when it asks for one.

    Args:
        fields: makes the form; it is called for each try, since what is signed in it may be used once only.
        nonce: the server's newest; empty when there is none yet.

    Raises:
        SignInFailed: when there is no answer, or only nonces.

    Source: RFC 9449, sections 4 and 8.
    """
    for _ in range(_TRIES):
        answer = calls.send_form(url, fields(), headers={"DPoP": prove(calls, "POST", url, key=key, nonce=nonce)})
        found = read_json(answer)
        given = answer.headers.get("DPoP-Nonce", "")
        nonce = given if given and len(given) <= _LONGEST and given.isascii() else nonce
        if answer.status not in (400, 401) or found.get("error") != "use_dpop_nonce":
            return Said(status=answer.status, found=found, nonce=nonce)
    raise SignInFailed(Reason.provider_bad_reply, "The server takes none of the nonces it hands out.")


def prove(calls: Calls, method: str, url: str, *, key: ECKey, nonce: str) -> str:
    """Return the proof for one request."""
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    said = {"jti": token_urlsafe(16), "htm": method, "htu": url.partition("?")[0], "iat": int(calls.now.timestamp())}
    return jwt.encode(header, said | ({"nonce": nonce} if nonce else {}), key)
