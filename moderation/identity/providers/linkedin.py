"""LinkedIn."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from moderation.foundation.options import Options
from moderation.identity import openid as flow
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason
from moderation.identity.oauth import authorize_url
from moderation.identity.openid import OpenIdOptions
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start

_OPENID = OpenIdOptions(
    issuer="https://www.linkedin.com/oauth", scope="openid profile email", auth="client_secret_post"
)
# Source: learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow.
_DENIALS: Mapping[str, Reason] = MappingProxyType(
    {
        "unauthorized_scope_error": Reason.provider_misconfigured,
        "user_cancelled_authorize": Reason.denied,
        "user_cancelled_login": Reason.denied,
    }
)
# A code that is too old. The redirect address is not to blame: with a wrong one, no code would have come.
_TOO_OLD: Mapping[str, Reason] = MappingProxyType(
    {"invalid_redirect_uri": Reason.login_expired, "invalid_request": Reason.login_expired}
)


class LinkedInOptions(Options, frozen=True, kw_only=True):
    """LinkedIn needs nothing but the keys."""


def read_profile(claims: Mapping[str, Any]) -> Profile:
    """Return the profile that LinkedIn's claims make."""
    found = flow.profile(_OPENID.issuer, claims["sub"], claims)
    return replace(found, email_verified=claims.get("email_verified") in (True, "true"))


def _start(client: Client[LinkedInOptions], attempt: Start, calls: Calls) -> Departure:
    issuer = flow.discover(_known(client), calls)
    # It knows no account chooser, and PKCE only for applications on a device: a web server's code is then refused.
    return Departure(url=authorize_url(client, attempt, issuer.authorize, scope=_OPENID.scope, pkce=False))


def _finish(client: Client[LinkedInOptions], returned: Returned, calls: Calls) -> Profile:
    known = _known(client)
    issuer = flow.discover(known, calls)
    words = _DENIALS if "error" in returned.params else _TOO_OLD
    # It never returns the nonce.
    claims = flow.fetch_claims(known, issuer, returned, calls, nonce=False, pkce=False, words=words)
    return read_profile(claims)


def _known(client: Client[Any]) -> Client[OpenIdOptions]:
    return replace(client, options=_OPENID)


linkedin = Provider(
    name="linkedin",
    label="LinkedIn",
    icon=(
        "M4 1h16a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3z"
        "M5 10v9h3v-9zM6.5 4.9a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z"
        "M10 10v9h3v-5a1.6 1.6 0 0 1 3.2 0v5h3v-5.6c0-3.8-4.4-4.6-6.2-2.1V10z"
    ),
    help=(
        "On linkedin.com/developers/apps press “Create app”; it wants a LinkedIn page, which may be a new one. "
        "Under Products request “Sign In with LinkedIn using OpenID Connect”. Under Auth, Authorized redirect URLs, "
        "add:\n"
        "{redirect_uri}\n"
        "Enter here the Client ID and the Primary Client Secret, which stand on the same page."
    ),
    options=LinkedInOptions,
    start=_start,
    finish=_finish,
)
