"""Apple."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity import openid as flow
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import authorize_url
from moderation.identity.openid import Issuer
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start

# Written down, not looked up: for weeks in 2025 Apple published another issuer than its ID tokens named.
# Source: developer.apple.com, “Sign in with Apple REST API”.
_APPLE = Issuer(
    issuer="https://appleid.apple.com",
    authorize="https://appleid.apple.com/auth/authorize",
    token="https://appleid.apple.com/auth/token",  # noqa: S106
    keys="https://appleid.apple.com/auth/keys",
    userinfo=None,
    algorithms=frozenset({"RS256"}),
    auth="client_secret_post",
    sends_issuer=False,
)
_WORDS: Mapping[str, Reason] = MappingProxyType({"user_cancelled_authorize": Reason.denied})
_SECONDS = 600
_LONGEST = 4096


class AppleOptions(Options, frozen=True, kw_only=True):
    """What Apple's client secret is made of, beside the key."""

    team_id: Annotated[
        str, Meta(max_length=20, description="The Team ID, ten characters, at the top right of the console.")
    ] = ""
    key_id: Annotated[
        str, Meta(max_length=20, description="The Key ID, ten characters, beside the key in the console.")
    ] = ""


def read_profile(claims: Mapping[str, Any], user: str | None) -> Profile:
    """Return the profile that the claims make.

    Args:
        user: JSON that comes through the reader's browser the first time only, unsigned: good for a name, no more.
    """
    found = flow.profile(_APPLE.issuer, claims["sub"], claims)
    return replace(found, name=_read_name(user), email_verified=claims.get("email_verified") in (True, "true"))


def make_secret(client: Client[AppleOptions], now: datetime) -> str:
    """Return the client secret: a note signed with the owner's key, good for minutes.

    Raises:
        SignInFailed: when the keys cannot be right.

    Source: developer.apple.com, “Creating a client secret”.
    """
    options, seconds = client.options, int(now.timestamp())
    if not options.team_id or not options.key_id:
        raise SignInFailed(Reason.provider_misconfigured, "The Team ID or the Key ID is missing.")
    claims = {"iss": options.team_id, "sub": client.client_id, "aud": _APPLE.issuer}
    lifetime = {"iat": seconds, "exp": seconds + _SECONDS}
    return jwt.encode({"alg": "ES256", "kid": options.key_id}, claims | lifetime, _read_key(client.secret))


def _start(client: Client[AppleOptions], attempt: Start, calls: Calls) -> Departure:
    # Nobody is sent there in vain.
    make_secret(client, calls.now)
    # With a scope, Apple answers by form only. It knows no account chooser.
    more = {"nonce": attempt.nonce, "response_mode": "form_post"}
    return Departure(url=authorize_url(client, attempt, _APPLE.authorize, scope="name email", more=more))


def _finish(client: Client[AppleOptions], returned: Returned, calls: Calls) -> Profile:
    known = replace(client, secret=make_secret(client, calls.now))
    claims = flow.fetch_claims(known, _APPLE, returned, calls, words=_WORDS)
    return read_profile(claims, returned.params.get("user"))


def _read_key(text: str) -> ECKey:
    """Return the key of a .p8 file, even if its lines got lost on the way through a form."""
    body = re.sub(r"-----[A-Z ]+-----|\\n|\s", "", text)
    lines = "\n".join(re.findall(".{1,64}", body))
    try:
        key = ECKey.import_key(f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
    except (JoseError, ValueError, TypeError) as error:
        raise SignInFailed(Reason.provider_misconfigured, "The key is not the text of Apple's .p8 file.") from error
    if key.curve_name != "P-256":
        raise SignInFailed(Reason.provider_misconfigured, "The key is not one of Apple's.")
    return key


def _read_name(user: str | None) -> str | None:
    try:
        said = json.loads(user[:_LONGEST]) if user else {}
    except (ValueError, RecursionError):
        return None
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(name, dict):
        return None
    return flow.name_of({"given_name": name.get("firstName"), "family_name": name.get("lastName")})


apple = Provider(
    name="apple",
    label="Apple",
    # Simple Icons (CC0 1.0).
    icon=(
        "M12.152 6.896c-.948 0-2.415-1.078-3.96-1.04-2.04.027-3.91 1.183-4.961 3.014-2.117 3.675-.546 9.103 1.519 "
        "12.09 1.013 1.454 2.208 3.09 3.792 3.039 1.52-.065 2.09-.987 3.935-.987 1.831 0 2.35.987 3.96.948 1.637-."
        "026 2.676-1.48 3.676-2.948 1.156-1.688 1.636-3.325 1.662-3.415-.039-.013-3.182-1.221-3.22-4.857-.026-3.04"
        " 2.48-4.494 2.597-4.559-1.429-2.09-3.623-2.324-4.39-2.376-2-.156-3.675 1.09-4.61 1.09zM15.53 3.83c.843-1."
        "012 1.4-2.427 1.245-3.83-1.207.052-2.662.805-3.532 1.818-.78.896-1.454 2.338-1.273 3.714 1.338.104 2.715-"
        ".688 3.559-1.701"
    ),
    help=(
        "On developer.apple.com open Certificates, Identifiers & Profiles (a paid membership is needed). Identifiers: "
        "an App ID with “Sign in with Apple”, and a Services ID; configure the latter with that App ID, your "
        "service's domain, and the return URL:\n"
        "{redirect_uri}\n"
        "It must be https, and not localhost. Keys: a new key with “Sign in with Apple” for the App ID; Apple gives "
        "its .p8 file once.\n"
        "Enter here the Services ID as client id, the whole text of the .p8 file as secret, the Team ID, the Key ID. "
        "To write to readers who hide their address, register your sender under “Sign in with Apple for Email "
        "Communication”."
    ),
    options=AppleOptions,
    start=_start,
    finish=_finish,
)
