"""The steps that all OpenID Connect providers share: discovery, the ID token, the user's information."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.id_token import ALGORITHMS, UnknownKey, read_id_token
from moderation.identity.oauth import NO_WORDS, ClientAuth, authorize_url, fetch_profile, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Returned, Start, read_subject, read_text

WELL_KNOWN = "/.well-known/openid-configuration"

_ADDRESS = re.compile(r"\S+@\S+")


class OpenIdOptions(Options, frozen=True, kw_only=True):
    """What the owner says about an issuer."""

    issuer: Annotated[str, Meta(max_length=300, description="The issuer's address, exactly as it calls itself.")] = ""
    scope: Annotated[str, Meta(max_length=200, description="What we ask to know.")] = "openid profile email"
    auth: Annotated[
        Literal["auto", "client_secret_basic", "client_secret_post"],
        Meta(description="How we prove who we are; auto: as the issuer says."),
    ] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What an issuer publishes about itself."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str | None
    algorithms: frozenset[str]
    auth: ClientAuth
    sends_issuer: bool


def start(client: Client[OpenIdOptions], attempt: Start, calls: Calls) -> Departure:
    """Say where to send the reader."""
    issuer = discover(client, calls)
    more = {"nonce": attempt.nonce} | ({"prompt": "select_account"} if attempt.change else {})
    return Departure(url=authorize_url(client, attempt, issuer.authorize, scope=client.options.scope, more=more))


def finish(client: Client[OpenIdOptions], returned: Returned, calls: Calls) -> Profile:
    """Turn what came back into a profile."""
    issuer = discover(client, calls)
    claims = fetch_claims(client, issuer, returned, calls)
    return profile(issuer.issuer, claims["sub"], claims)


def fetch_claims(
    client: Client[Any],
    issuer: Issuer,
    returned: Returned,
    calls: Calls,
    *,
    nonce: bool = True,
    pkce: bool = True,
    always_ask: bool = False,
    words: Mapping[str, Reason] = NO_WORDS,
) -> dict[str, Any]:
    """Exchange what came back for what the issuer says about the person.

    Args:
        nonce: the issuer returns it, as all but one do.
        always_ask: for the user's information, even if the ID token holds name and e-mail.
        words: what this issuer's own error codes mean.
    """
    code = read_code(returned, issuer=issuer.issuer, issuer_required=issuer.sends_issuer, words=words)
    token = fetch_token(client, returned, calls, issuer.token, code=code, auth=issuer.auth, pkce=pkce, words=words)
    claims = read_claims(issuer, token, calls, client_id=client.client_id, nonce=returned.nonce if nonce else None)
    if issuer.userinfo and (always_ask or not (name_of(claims) and claims.get("email"))):
        more = fetch_profile(calls, issuer.userinfo, token)
        if read_subject(more.get("sub")) != claims["sub"]:
            raise SignInFailed(Reason.provider_bad_reply, "The user's information is about somebody else.")
        claims = {**more, **claims}
    return claims


def profile(issuer: str, subject: str, claims: Mapping[str, Any]) -> Profile:
    """Return the profile that standard claims make.

    Source: OpenID Connect Core 1.0, section 5.1.
    """
    return Profile(
        issuer=issuer,
        subject=subject,
        name=name_of(claims),
        url=read_text(claims.get("profile")),
        avatar=read_text(claims.get("picture")),
        email=read_text(claims.get("email")),
        email_verified=claims.get("email_verified") is True,
    )


def name_of(claims: Mapping[str, Any]) -> str | None:
    """Return the best name that the claims offer."""
    parts = (read_text(claims.get("given_name")), read_text(claims.get("family_name")))
    joined = " ".join(part for part in parts if part)
    offered = [read_text(claims.get("name")), joined]
    offered += [read_text(claims.get(name)) for name in ("preferred_username", "nickname")]
    # Where a name should be, some issuers put the e-mail address, which is nobody's business.
    return next((name for name in offered if name and not _ADDRESS.fullmatch(name)), None)


def discover(client: Client[OpenIdOptions], calls: Calls, *, place: str | None = None) -> Issuer:
    """Return what the issuer publishes about itself.

    Args:
        place: where, if not under the name by which it calls itself.

    Raises:
        SignInFailed: when there is none, it calls itself otherwise, or it leaves out what we need.

    Source: OpenID Connect Discovery 1.0, section 4.3.
    """
    issuer = client.options.issuer
    if urlsplit(issuer).scheme not in ("http", "https"):
        raise SignInFailed(Reason.provider_misconfigured, "The issuer must be an address beginning with https://.")
    document = calls.document((place or issuer.removesuffix("/")) + WELL_KNOWN)
    if document.get("issuer") != issuer:
        raise SignInFailed(
            Reason.provider_misconfigured, f"The issuer calls itself {document.get('issuer')}, not {issuer}."
        )
    return Issuer(
        issuer=issuer,
        authorize=_endpoint(document, "authorization_endpoint", issuer),
        token=_endpoint(document, "token_endpoint", issuer),
        keys=_endpoint(document, "jwks_uri", issuer),
        userinfo=_endpoint(document, "userinfo_endpoint", issuer) if "userinfo_endpoint" in document else None,
        algorithms=frozenset(_texts(document.get("id_token_signing_alg_values_supported"))) or ALGORITHMS,
        auth=_choose_auth(client, document),
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def read_claims(
    issuer: Issuer, token: Mapping[str, Any], calls: Calls, *, client_id: str, nonce: str | None
) -> dict[str, Any]:
    """Return what the ID token says, checked; with fresh keys when the issuer has changed them.

    Raises:
        SignInFailed: when it is not in order.
    """

    def read(*, newest: bool) -> dict[str, Any]:
        return read_id_token(
            token,
            calls.document(issuer.keys, newest=newest),
            issuer=issuer.issuer,
            client_id=client_id,
            nonce=nonce,
            algorithms=issuer.algorithms,
            now=calls.now,
        )

    try:
        return read(newest=False)
    except UnknownKey:
        pass
    try:
        return read(newest=True)
    except UnknownKey as error:
        raise SignInFailed(Reason.provider_bad_reply, "The ID token was signed with an unknown key.") from error


def _choose_auth(client: Client[OpenIdOptions], document: Mapping[str, Any]) -> ClientAuth:
    if not client.secret:
        return "none"
    if client.options.auth != "auto":
        return client.options.auth
    # Source: OpenID Connect Discovery 1.0, section 3: without a word, basic.
    offered = _texts(document.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Return an endpoint; an issuer on https has them all there."""
    address = document.get(name)
    if not isinstance(address, str):
        raise SignInFailed(Reason.provider_misconfigured, f"The issuer does not publish its {name}.")
    allowed = ("https",) if issuer.startswith("https:") else ("http", "https")
    if urlsplit(address).scheme not in allowed or not address.isprintable() or " " in address:
        raise SignInFailed(Reason.provider_misconfigured, f"The issuer's {name} is not an address we may use.")
    return address


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
