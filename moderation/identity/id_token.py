"""Checks an ID token: the signed note in which an OpenID Connect issuer says who signed in."""

import base64
import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry, extract_compact

from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import read_subject

# With a shared secret (HS256) or none, whoever knows our client id could sign.
ALGORITHMS = frozenset(
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
)
_KEY_TYPES = ("RSA", "EC", "OKP")
_LEEWAY = 120
_LONGEST = 16_384


class UnknownKey(Exception):
    """The token was signed with a key that the issuer had not published when we last looked."""


def read_id_token(
    token: Mapping[str, Any],
    jwks: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str | None,
    algorithms: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """Return what an ID token says, once everything about it has been checked.

    Args:
        token: the token endpoint's answer.
        jwks: the issuer's published keys.
        nonce: None for the one provider that never returns it.
        algorithms: those the issuer says it signs with; ours are the limit.

    Raises:
        UnknownKey: when no published key fits.
        SignInFailed: provider_bad_reply for everything else.

    Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 7519, section 7.2.
    """
    text = token.get("id_token")
    if not isinstance(text, str) or len(text) > _LONGEST or text.count(".") != 2:
        raise _bad("The answer holds no ID token in compact form.")
    header = _read_header(text)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.intersection(algorithms) or "crit" in header:
        raise _bad("The ID token is not signed in a way that can be trusted.")
    claims = _verify(text, header, jwks)
    # Some issuers send a number; all that follows expects a text.
    claims["sub"] = read_subject(claims.get("sub"))
    _check(claims, issuer=issuer, client_id=client_id, nonce=nonce, now=int(now.timestamp()))
    try:
        checked = CodeIDToken(
            claims, header, {}, {"client_id": client_id, "nonce": nonce, "access_token": token.get("access_token")}
        )
        checked.validate(now=int(now.timestamp()), leeway=_LEEWAY)
    except (JoseError, TypeError, ValueError, AttributeError) as error:
        raise _bad(f"The ID token is not in order: {error}.") from error
    return claims


def _read_header(text: str) -> dict[str, Any]:
    try:
        for part in text.split(".")[:2]:
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), object_pairs_hook=_once)
        return dict(extract_compact(text.encode("ascii")).headers())
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _bad("The ID token cannot be read.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is given twice, of which readers take one or the other.

    Source: RFC 7515, section 4; RFC 7519, section 4.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _verify(text: str, header: Mapping[str, Any], jwks: Mapping[str, Any]) -> dict[str, Any]:
    keys = list(_fitting_keys(jwks, header))
    if not keys:
        raise UnknownKey
    registry = JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    for key in keys:
        try:
            return dict(jwt.decode(text, key, registry=registry).claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
    if "kid" not in header:
        raise UnknownKey
    raise _bad("The signature of the ID token is not the issuer's.")


def _fitting_keys(jwks: Mapping[str, Any], header: Mapping[str, Any]) -> Iterator[Key]:
    """Yield the published keys that may have signed; what we do not understand among them is passed over."""
    published = jwks.get("keys")
    for data in published if isinstance(published, list) else []:
        if not isinstance(data, dict) or data.get("kty") not in _KEY_TYPES or data.get("use", "sig") != "sig":
            continue
        if "kid" in header and data.get("kid") != header["kid"]:
            continue
        if data.get("alg") not in (None, header["alg"]):
            continue
        try:
            yield JWKRegistry.import_key({name: value for name, value in data.items() if name != "key_ops"})
        except (JoseError, ValueError, TypeError, KeyError):
            continue


def _check(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str | None, now: int) -> None:
    """Check what Authlib leaves open: it takes an empty audience, and never compares the issuer by itself."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
        raise _bad("The ID token does not say for whom it is.")
    if claims.get("iss") != issuer:
        raise _bad("The ID token is another issuer's.")
    if client_id not in audiences or (len(audiences) > 1 and "azp" not in claims):
        raise _bad("The ID token is for somebody else.")
    if "azp" in claims and claims["azp"] != client_id:
        raise _bad("The ID token was made for somebody else.")
    given = claims.get("nonce")
    if nonce is not None and not (isinstance(given, str) and hmac.compare_digest(given.encode(), nonce.encode())):
        raise _bad("The ID token belongs to another sign-in.")
    for name in ("exp", "iat"):
        if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), int | float):
            raise _bad(f"The ID token does not say its {name}.")
    # Said positively, so that NaN fails too.
    if not (claims["exp"] > now - _LEEWAY and claims["iat"] <= now + _LEEWAY):
        raise _bad("The ID token has expired, or the clocks differ by minutes.")


def _bad(sentence: str) -> SignInFailed:
    return SignInFailed(Reason.provider_bad_reply, sentence)
