"""X, which used to be Twitter."""

import re
from typing import Annotated, Any

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import authorize_url, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

_ISSUER = "https://x.com"
_AUTHORIZE = "https://x.com/i/oauth2/authorize"
_TOKEN = "https://api.x.com/2/oauth2/token"  # noqa: S105
_PROFILE = "https://api.x.com/2/users/me"
_FIELDS = "id,name,username,profile_image_url"
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,50}")
# X calls a code that is too old, used or unknown by this name, though RFC 6749 has another for it.
_WORDS = {"invalid_request": Reason.login_expired}


class XOptions(Options, frozen=True, kw_only=True):
    """What the owner says about X."""

    email: Annotated[
        bool, Meta(description="Ask for the e-mail address; “Request email from users” must be on in X's console.")
    ] = False


def _start(client: Client[XOptions], attempt: Start, calls: Calls) -> Departure:
    del calls
    scope = "users.read tweet.read users.email" if client.options.email else "users.read tweet.read"
    return Departure(url=authorize_url(client, attempt, _AUTHORIZE, scope=scope))


def _finish(client: Client[XOptions], returned: Returned, calls: Calls) -> Profile:
    code = read_code(returned, issuer=_ISSUER)
    token = fetch_token(client, returned, calls, _TOKEN, code=code, auth="client_secret_basic", words=_WORDS)
    fields = f"{_FIELDS},confirmed_email" if client.options.email else _FIELDS
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    status, found = calls.fetch_json(f"{_PROFILE}?user.fields={fields}", headers=bearer)
    # Data may come together with errors, which are then about a part of it.
    data = found.get("data")
    if status != 200 or not isinstance(data, dict):
        raise _failed(status, found)
    return profile(data)


def profile(data: dict[str, Any]) -> Profile:
    """Return the profile that X's JSON makes.

    Source: docs.x.com, "Get my User", such as
    ``{"id": "2244994945", "name": "Alice", "username": "alice", "profile_image_url": "https://…_normal.jpg"}``.
    """
    username, picture = read_text(data.get("username")), read_text(data.get("profile_image_url"))
    email = read_text(data.get("confirmed_email"))
    return Profile(
        issuer=_ISSUER,
        subject=read_subject(data.get("id")),
        name=read_text(data.get("name")) or username,
        url=f"https://x.com/{username}" if username and _USERNAME.fullmatch(username) else None,
        avatar=_larger(picture) if picture and "/default_profile_images/" not in picture else None,
        email=email,
        email_verified=email is not None,
    )


def _larger(picture: str) -> str:
    """Return the address of the same picture with 400 pixels instead of 48."""
    return re.sub(r"_normal(\.[a-z]+)$", r"_400x400\1", picture)


def _failed(status: int, found: dict[str, Any]) -> SignInFailed:
    """Return what X's problem document means; a 200 may hold one too.

    Source: docs.x.com, "Response codes and errors".
    """
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    problem = {**first, **found}
    detail = f"X answered {status}: {problem.get('title')}: {problem.get('detail')}"
    if str(problem.get("type")).endswith("/problems/credits"):
        return SignInFailed(Reason.provider_quota, detail)
    if status == 403:
        return SignInFailed(Reason.provider_misconfigured, detail)
    return SignInFailed(Reason.provider_bad_reply, detail)


x = Provider(
    name="x",
    label="X",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M18.901 1.153h3.68l-8.04 9.19L24 22.846h-7.406l-5.8-7.584-6.638 7.584H.474l8.6-9.83L0 1.154h7.594l5.243 "
        "6.932ZM17.61 20.644h2.039L6.486 3.24H4.298Z"
    ),
    help=(
        "In X's developer console (console.x.com) create an app, and in its settings open “User authentication "
        "settings”:\n"
        "App permissions: Read. Type of App: Web App, Automated App or Bot.\n"
        "Callback URI / Redirect URL:\n"
        "{redirect_uri}\n"
        "Website URL: your blog. Then enter here the OAuth 2.0 Client ID and Client Secret, which X shows once; "
        "they are not the API key and its secret.\n"
        "For e-mail addresses turn on “Request email from users” there (it wants the addresses of your terms and "
        "privacy policy), and the option “email” here.\n"
        "X charges for each sign-in (one user read; about one US cent in 2026) against credits bought beforehand. "
        "When they are used up, or the spending limit you set is reached, nobody can sign in with X until you buy more."
    ),
    options=XOptions,
    start=_start,
    finish=_finish,
)
