"""Facebook."""

import hashlib
import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import authorize_url, failed, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

ISSUER = "https://www.facebook.com"
_FIELDS = "id,name,email,picture.width(200).height(200){url,is_silhouette}"
# Source: Graph API, "Handling Errors"; 32 and 613 are limits too, 341 the application's own.
_CODES: Mapping[int, Reason] = MappingProxyType(
    {2: Reason.provider_down}
    | dict.fromkeys((4, 17, 32, 341, 613), Reason.provider_quota)
    | dict.fromkeys((3, 10, 12, 100, 101, 102, 104, 191, 2635), Reason.provider_misconfigured)
)
# Where a code is exchanged, 1 is "Error validating client secret"; elsewhere it is anything at all.
_OF_SECRET = 1
# Of a code: its form is wrong, it has expired, it has been used. Another one says that the redirect address differs.
_OF_CODE = (36007, 36009)


class FacebookOptions(Options, frozen=True, kw_only=True):
    """What the owner says about Facebook."""

    version: Annotated[
        str,
        Meta(
            pattern=r"^v[0-9]{1,3}\.[0-9]$", description="The Graph API's version, such as v26.0; each lasts two years."
        ),
    ] = "v26.0"


def _start(client: Client[FacebookOptions], attempt: Start, calls: Calls) -> Departure:
    del calls
    endpoint = f"https://www.facebook.com/{client.options.version}/dialog/oauth"
    # Facebook has no account chooser; asking for the password again is where one can say "not you?".
    more = {"auth_type": "reauthenticate"} if attempt.change else {}
    url = authorize_url(client, attempt, endpoint, scope="public_profile,email", pkce=False, more=more)
    return Departure(url=url)


def _finish(client: Client[FacebookOptions], returned: Returned, calls: Calls) -> Profile:
    code = read_code(returned, issuer=ISSUER)
    graph = f"https://graph.facebook.com/{client.options.version}"
    token = fetch_token(
        client,
        returned,
        calls,
        f"{graph}/oauth/access_token",
        code=code,
        auth="client_secret_post",
        pkce=False,
        read_error=_refused_code,
    )
    asked = {"fields": _FIELDS, "appsecret_proof": proof(client.secret, token["access_token"])}
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    status, found = calls.fetch_json(f"{graph}/me?{urlencode(asked)}", headers=bearer)
    if status != 200 or "error" in found:
        raise _failed(found.get("error"), None)
    return profile(found)


def proof(secret: str, token: str) -> str:
    """Return the proof that whoever uses a token knows the app's secret too.

    Source: Graph API, "Secure Graph API Calls".
    """
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def profile(found: Mapping[str, Any]) -> Profile:
    """Return the profile that Facebook's JSON makes.

    Source: Graph API, "User", such as ``{"id": "1022…", "name": "Alice", "email": "alice@mail.example",
    "picture": {"data": {"url": "https://…", "is_silhouette": false}}}``.
    """
    picture = found.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    drawn = isinstance(data, dict) and data.get("is_silhouette") is False
    return Profile(
        issuer=ISSUER,
        subject=read_subject(found.get("id")),
        name=read_text(found.get("name")),
        avatar=read_text(data.get("url")) if isinstance(data, dict) and drawn else None,
        # Facebook does not say whether anybody ever confirmed it.
        email=read_text(found.get("email")),
    )


def _refused_code(error: object, description: object) -> SignInFailed:
    """Return why a code was not exchanged."""
    if isinstance(error, dict):
        if error.get("code") == _OF_SECRET:
            return _told(error, Reason.provider_misconfigured)
        about_code = error.get("error_subcode") in _OF_CODE or "verification code format" in str(error.get("message"))
        if about_code or "authorization code has" in str(error.get("message")):
            return _told(error, Reason.login_expired)
    return _failed(error, description)


def _failed(error: object, description: object) -> SignInFailed:
    """Return what Facebook's error means: as a rule an object, such as
    ``{"message": "…", "type": "OAuthException", "code": 190, "fbtrace_id": "…"}``.
    """
    if not isinstance(error, dict):
        return failed(error, description)
    code = error.get("code")
    if isinstance(code, int) and 200 <= code <= 299:
        return _told(error, Reason.provider_misconfigured)
    return _told(error, _CODES.get(code, Reason.provider_bad_reply) if isinstance(code, int) else None)


def _told(error: Mapping[str, Any], reason: Reason | None) -> SignInFailed:
    number = error.get("code")
    return SignInFailed(reason or Reason.provider_bad_reply, f"Facebook said: ({number}) {error.get('message')}")


facebook = Provider(
    name="facebook",
    label="Facebook",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M24 12.073c0-6.627-5.373-12-12-12s-12 5.373-12 12c0 5.99 4.388 10.954 10.125 11.854v-8.385H7.078v-3.47h3.047V"
        "9.43c0-3.007 1.792-4.669 4.533-4.669 1.312 0 2.686.235 2.686.235v2.953H15.83c-1.491 0-1.956.925-1.956 1.874v"
        "2.25h3.328l-.532 3.47h-2.796v8.385C19.612 23.027 24 18.062 24 12.073z"
    ),
    help=(
        "At developers.facebook.com create an app with the use case “Authenticate and request data from users with "
        "Facebook Login”, and add the permission email to it.\n"
        "Facebook Login, Settings, Valid OAuth Redirect URIs (leave Client OAuth Login, Web OAuth Login and strict "
        "mode on):\n"
        "{redirect_uri}\n"
        "In the same place, Deauthorize callback URL: the same host with the path /hooks/facebook/deauthorize; "
        "Data deletion request URL (in the app's basic settings): the same host with the path "
        "/hooks/facebook/deletion.\n"
        "Then enter here the App ID as client id and the App secret (App settings, Basic). “Require app secret” may "
        "be on.\n"
        "Until the app is published, only people with a role in it can sign in; publishing wants a privacy policy, "
        "and for most apps a business verification. Signing in costs nothing."
    ),
    options=FacebookOptions,
    start=_start,
    finish=_finish,
)
