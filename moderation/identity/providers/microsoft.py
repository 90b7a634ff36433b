"""Microsoft: personal accounts, and those of schools and companies."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from joserfc.errors import JoseError
from joserfc.jws import extract_compact
from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity import openid as flow
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import authorize_url, fetch_token, read_code
from moderation.identity.openid import Issuer, OpenIdOptions
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start

_HERE = "https://login.microsoftonline.com"
_TENANT = "{tenantid}"
_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ISSUER = re.compile(rf"{re.escape(_HERE)}/{_GUID}/v2\.0")
_SCOPE = "openid profile email"


class MicrosoftOptions(Options, frozen=True, kw_only=True):
    """Whose accounts are let in."""

    tenant: Annotated[
        str,
        Meta(
            max_length=100,
            pattern=r"^[A-Za-z0-9.-]+$",
            description="Whose accounts: common (everybody's), consumers (personal ones), organizations, or one "
            "organisation's id or domain. It must be what you chose when registering.",
        ),
    ] = "common"


def read_profile(claims: Mapping[str, Any]) -> Profile:
    """Return the profile that the claims make: name and, unproven, the e-mail address.

    Any tenant's administrator can write any address there. The picture is not for everybody to fetch.
    """
    found = flow.profile(claims["iss"], claims["sub"], claims)
    return replace(found, url=None, avatar=None, email_verified=False)


def _start(client: Client[MicrosoftOptions], attempt: Start, calls: Calls) -> Departure:
    issuer = _discover(client, calls)
    more = {"nonce": attempt.nonce} | ({"prompt": "select_account"} if attempt.change else {})
    return Departure(url=authorize_url(client, attempt, issuer.authorize, scope=_SCOPE, more=more))


def _finish(client: Client[MicrosoftOptions], returned: Returned, calls: Calls) -> Profile:
    issuer = _discover(client, calls)
    sender = returned.params.get("iss", "")
    # All tenants are one server; which of them it was, the ID token says.
    code = read_code(returned, issuer=sender if _ISSUER.fullmatch(sender) else issuer.issuer)
    token = fetch_token(client, returned, calls, issuer.token, code=code, auth=issuer.auth)
    tenant = _read_tenant(token)
    known = replace(issuer, issuer=issuer.issuer.replace(_TENANT, tenant))
    claims = flow.read_claims(known, token, calls, client_id=client.client_id, nonce=returned.nonce)
    _check_key(token, calls.document(known.keys), known.issuer, tenant)
    return read_profile(claims)


def _discover(client: Client[Any], calls: Calls) -> Issuer:
    """Return what Microsoft publishes; its issuer names one tenant, or is a pattern for all."""
    place = f"{_HERE}/{client.options.tenant}/v2.0"
    issuer = calls.document(place + flow.WELL_KNOWN).get("issuer")
    if not isinstance(issuer, str) or (issuer != f"{_HERE}/{_TENANT}/v2.0" and not _ISSUER.fullmatch(issuer)):
        raise SignInFailed(Reason.provider_misconfigured, "Microsoft does not know this tenant.")
    options = OpenIdOptions(issuer=issuer, scope=_SCOPE, auth="client_secret_post")
    return flow.discover(replace(client, options=options), calls, place=place)


def _read_tenant(token: Mapping[str, Any]) -> str:
    """Return the tenant that the ID token names. It is believed only once the whole token was checked with it."""
    try:
        tenant = json.loads(extract_compact(token["id_token"].encode()).payload).get("tid")
    except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise SignInFailed(Reason.provider_bad_reply, "The ID token cannot be read.") from error
    if not isinstance(tenant, str) or not re.fullmatch(_GUID, tenant):
        raise SignInFailed(Reason.provider_bad_reply, "The ID token does not say of which tenant it is.")
    return tenant


def _check_key(token: Mapping[str, Any], published: Mapping[str, Any], issuer: str, tenant: str) -> None:
    """Check that the key is one of this tenant's: some tenants have their own, published among all others.

    Source: learn.microsoft.com/entra/identity-platform/access-tokens, “Validate the signing key issuer”.
    """
    name = extract_compact(token["id_token"].encode()).headers().get("kid")
    keys = (key for key in published["keys"] if isinstance(key, dict) and key.get("kid") == name)
    if any(str(key["issuer"]).replace(_TENANT, tenant) != issuer for key in keys if "issuer" in key):
        raise SignInFailed(Reason.provider_bad_reply, "The ID token was signed with another tenant's key.")


microsoft = Provider(
    name="microsoft",
    label="Microsoft",
    icon="M2 2h9.5v9.5H2zM12.5 2H22v9.5h-9.5zM2 12.5h9.5V22H2zM12.5 12.5H22V22h-9.5z",
    help=(
        "On entra.microsoft.com open App registrations, New registration. Supported account types: any organisation's "
        "directory and personal Microsoft accounts (for other types, set the tenant here too). Redirect URI, "
        "platform Web:\n"
        "{redirect_uri}\n"
        "Enter here the Application (client) ID. Under “Certificates & secrets” press “New client secret”, and enter "
        "its Value, not its Secret ID. It expires after two years at most: note the day."
    ),
    options=MicrosoftOptions,
    start=_start,
    finish=_finish,
)
