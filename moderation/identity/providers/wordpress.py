"""WordPress.com, and so everybody with a blog there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import authorize_url, failed, fetch_token, read_code
from moderation.identity.openid import OpenIdOptions, discover, read_claims
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

_ISSUER = "https://public-api.wordpress.com"
_AUTHORIZE = "https://public-api.wordpress.com/oauth2/authenticate"
_TOKEN = "https://public-api.wordpress.com/oauth2/token"  # noqa: S105
_PROFILE = "https://public-api.wordpress.com/rest/v1.1/me"
# "auth" opens the profile, which alone holds the number that both ways have in common.
_OPENID = OpenIdOptions(issuer=_ISSUER, scope="openid profile email auth", auth="auto")


class WordpressOptions(Options, frozen=True, kw_only=True):
    """What the owner says about WordPress.com."""

    openid: Annotated[bool, Meta(description="Use its OpenID Connect; people stay the same.")] = False


def _start(client: Client[WordpressOptions], attempt: Start, calls: Calls) -> Departure:
    if not client.options.openid:
        return Departure(url=authorize_url(client, attempt, _AUTHORIZE, scope="auth", pkce=False))
    issuer = discover(_by_openid(client), calls)
    more = {"nonce": attempt.nonce}
    return Departure(url=authorize_url(client, attempt, issuer.authorize, scope=_OPENID.scope, more=more))


def _finish(client: Client[WordpressOptions], returned: Returned, calls: Calls) -> Profile:
    if client.options.openid:
        token = _token_by_openid(client, returned, calls)
    else:
        code = read_code(returned, issuer=_ISSUER)
        token = fetch_token(client, returned, calls, _TOKEN, code=code, auth="client_secret_post", pkce=False)
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    status, found = calls.fetch_json(_PROFILE, headers=bearer)
    if status != 200 or "error" in found:
        raise _refused_profile(status, found)
    return profile(found)


def profile(found: Mapping[str, Any]) -> Profile:
    """Return the profile that WordPress.com's JSON makes.

    Source: developer.wordpress.com, "GET /me/", such as ``{"ID": 78972699, "display_name": "Alice", "username":
    "alice", "email": "alice@mail.example", "verified": true, "avatar_URL": "https://…", "profile_URL": "https://…"}``.
    """
    number = found.get("ID")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise SignInFailed(Reason.provider_bad_reply, "WordPress.com did not say who signed in.")
    verified = found.get("verified") is True and found.get("email_verified", True) is True
    return Profile(
        issuer=_ISSUER,
        subject=read_subject(number),
        name=read_text(found.get("display_name")) or read_text(found.get("username")),
        url=read_text(found.get("profile_URL")),
        avatar=read_text(found.get("avatar_URL")),
        # Anybody can type any address there; unconfirmed, it is no more than that.
        email=read_text(found.get("email")) if verified else None,
        email_verified=verified,
    )


def _token_by_openid(client: Client[WordpressOptions], returned: Returned, calls: Calls) -> dict[str, Any]:
    """Return a token whose ID token is in order; whose it is, the profile says."""
    issuer = discover(_by_openid(client), calls)
    code = read_code(returned, issuer=issuer.issuer, issuer_required=issuer.sends_issuer)
    token = fetch_token(client, returned, calls, issuer.token, code=code, auth=issuer.auth)
    read_claims(issuer, token, calls, client_id=client.client_id, nonce=returned.nonce)
    return token


def _by_openid(client: Client[Any]) -> Client[OpenIdOptions]:
    return replace(client, options=_OPENID)


def _refused_profile(status: int, found: Mapping[str, Any]) -> SignInFailed:
    """Return what an error of WordPress.com's API means, such as
    ``{"error": "invalid_token", "message": "The OAuth2 token is invalid."}``.
    """
    told = failed(found.get("error"), found.get("message"))
    return SignInFailed(Reason.provider_bad_reply, f"WordPress.com answered {status}. {told.detail}")


wordpress = Provider(
    name="wordpress",
    label="WordPress.com",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M21.469 6.825c.84 1.537 1.318 3.3 1.318 5.175 0 3.979-2.156 7.456-5.363 9.325l3.295-9.527c.615-1.54.82-2.771"
        ".82-3.864 0-.405-.026-.78-.07-1.11m-7.981.105c.647-.03 1.232-.105 1.232-.105.582-.075.514-.93-.067-.899 0 0-"
        "1.755.135-2.88.135-1.064 0-2.85-.15-2.85-.15-.585-.03-.661.855-.075.885 0 0 .54.061 1.125.09l1.68 4.605-2.37 "
        "7.08L5.354 6.9c.649-.03 1.234-.1 1.234-.1.585-.075.516-.93-.065-.896 0 0-1.746.138-2.874.138-.2 0-.438-.008-"
        ".69-.015C4.911 3.15 8.235 1.215 12 1.215c2.809 0 5.365 1.072 7.286 2.833-.046-.003-.091-.009-.141-.009-1.06 0"
        "-1.812.923-1.812 1.914 0 .89.513 1.643 1.06 2.531.411.72.89 1.643.89 2.977 0 .915-.354 1.994-.821 3.479l-1.075"
        " 3.585-3.9-11.61.001.014zM12 22.784c-1.059 0-2.081-.153-3.048-.437l3.237-9.406 3.315 9.087c.024.053.05.101.078"
        ".149-1.12.393-2.325.607-3.582.607M1.211 12c0-1.564.336-3.05.935-4.39L7.29 21.709C3.694 19.96 1.212 16.271 "
        "1.211 12M12 0C5.385 0 0 5.385 0 12s5.385 12 12 12 12-5.385 12-12S18.615 0 12 0"
    ),
    help=(
        "At developer.wordpress.com/apps choose “Create New Application”. Name: your blog's, since readers see it. "
        "Website URL: your blog. Type: Web. Redirect URLs:\n"
        "{redirect_uri}\n"
        "Then enter here the Client ID (a number) and the Client Secret, both under “OAuth Information”.\n"
        "WordPress.com takes no address with localhost in it. Signing in costs nothing and needs no review."
    ),
    options=WordpressOptions,
    start=_start,
    finish=_finish,
)
