"""GitHub."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.failure import Reason
from moderation.identity.oauth import authorize_url, fetch_profile, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

# Sent along with the code since April 2026 (RFC 9207), and by older GitHub Enterprise servers not at all.
_ISSUER = "https://github.com/login/oauth"
_TOKEN = "https://github.com/login/oauth/access_token"  # noqa: S105
_USER = "https://api.github.com/user"
_EMAILS = "https://api.github.com/user/emails"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
# Source: docs.github.com, “Troubleshooting OAuth app access token request errors”; they come with status 200.
_WORDS: Mapping[str, Reason] = MappingProxyType(
    {
        "application_suspended": Reason.provider_misconfigured,
        "bad_verification_code": Reason.login_expired,
        "incorrect_client_credentials": Reason.provider_misconfigured,
        # A client id that does not exist.
        "Not Found": Reason.provider_misconfigured,
    }
)


class GitHubOptions(Options, frozen=True, kw_only=True):
    """GitHub needs nothing but the keys."""


def read_profile(user: Mapping[str, Any], emails: Any) -> Profile:
    """Return the profile that GitHub's answers make.

    Args:
        user: the answer of ``/user``. Its e-mail is the one shown in public; whose it is, only ``/user/emails`` says.
        emails: the answer of ``/user/emails``, None if we may not see it.
    """
    email = _verified(emails)
    return Profile(
        issuer=_ISSUER,
        # Never the login: it can be given up, and taken by somebody else.
        subject=read_subject(user.get("id")),
        name=read_text(user.get("name")) or read_text(user.get("login")),
        url=read_text(user.get("html_url")),
        avatar=read_text(user.get("avatar_url")),
        email=email,
        email_verified=email is not None,
    )


def _start(client: Client[GitHubOptions], attempt: Start, calls: Calls) -> Departure:
    del calls
    more = {"prompt": "select_account"} if attempt.change else {}
    address = "https://github.com/login/oauth/authorize"
    return Departure(url=authorize_url(client, attempt, address, scope="read:user user:email", more=more))


def _finish(client: Client[GitHubOptions], returned: Returned, calls: Calls) -> Profile:
    code = read_code(returned, issuer=_ISSUER, words=_WORDS)
    token = fetch_token(client, returned, calls, _TOKEN, code=code, auth="client_secret_post", words=_WORDS)
    user = fetch_profile(calls, _USER, token, **_HEADERS)
    read_subject(user.get("id"))
    return read_profile(user, _fetch_emails(calls, token))


def _fetch_emails(calls: Calls, token: Mapping[str, Any]) -> Any:
    """Return the person's addresses; None when the owner's application may not see them, which is no obstacle."""
    answer = calls.fetch("GET", _EMAILS, headers={"Authorization": f"Bearer {token['access_token']}", **_HEADERS})
    try:
        return json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError):
        return None


def _verified(emails: Any) -> str | None:
    for one in emails if isinstance(emails, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return read_text(one.get("email"))
    return None


github = Provider(
    name="github",
    label="GitHub",
    # Simple Icons (CC0 1.0).
    icon=(
        "M12 .297c-6.63 0-12 5.373-12 12 0 5.303 3.438 9.8 8.205 11.385.6.113.82-.258.82-.577 0-.285-.01-1.04-.015"
        "-2.04-3.338.724-4.042-1.61-4.042-1.61C4.422 18.07 3.633 17.7 3.633 17.7c-1.087-.744.084-.729.084-.729 1.2"
        "05.084 1.838 1.236 1.838 1.236 1.07 1.835 2.809 1.305 3.495.998.108-.776.417-1.305.76-1.605-2.665-.3-5.46"
        "6-1.332-5.466-5.93 0-1.31.465-2.38 1.235-3.22-.135-.303-.54-1.523.105-3.176 0 0 1.005-.322 3.3 1.23.96-.2"
        "67 1.98-.399 3-.405 1.02.006 2.04.138 3 .405 2.28-1.552 3.285-1.23 3.285-1.23.645 1.653.24 2.873.12 3.176"
        ".765.84 1.23 1.91 1.23 3.22 0 4.61-2.805 5.625-5.475 5.92.42.36.81 1.096.81 2.22 0 1.606-.015 2.896-.015 "
        "3.286 0 .315.21.69.825.57C20.565 22.092 24 17.592 24 12.297c0-6.627-5.373-12-12-12"
    ),
    help=(
        "On github.com open Settings, Developer settings, OAuth Apps, New OAuth App. The homepage is your blog's "
        "address. Authorization callback URL:\n"
        "{redirect_uri}\n"
        "Press “Generate a new client secret”, which GitHub shows once, and enter here the Client ID and that secret. "
        "A GitHub App does as well; give it the account permission “Email addresses: Read-only”."
    ),
    options=GitHubOptions,
    start=_start,
    finish=_finish,
)
