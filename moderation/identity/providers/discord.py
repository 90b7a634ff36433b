"""Discord."""

import re
from collections.abc import Mapping
from typing import Any

from moderation.foundation.options import Options
from moderation.identity.calls import Calls
from moderation.identity.oauth import authorize_url, fetch_profile, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

_ISSUER = "https://discord.com"
_TOKEN = "https://discord.com/api/oauth2/token"  # noqa: S105
_USER = "https://discord.com/api/v10/users/@me"
_HASH = re.compile(r"[0-9A-Za-z_]{1,64}")
_ID = re.compile(r"[0-9]{1,20}")


class DiscordOptions(Options, frozen=True, kw_only=True):
    """Discord needs nothing but the keys."""


def read_profile(user: Mapping[str, Any]) -> Profile:
    """Return the profile that the answer of ``/users/@me`` makes."""
    subject = read_subject(user.get("id"))
    return Profile(
        issuer=_ISSUER,
        subject=subject,
        name=read_text(user.get("global_name")) or read_text(user.get("username")),
        avatar=_avatar(subject, user.get("avatar")),
        email=read_text(user.get("email")),
        email_verified=user.get("verified") is True,
    )


def _start(client: Client[DiscordOptions], attempt: Start, calls: Calls) -> Departure:
    del calls
    # Without a question Discord sends a known reader straight back; with one, the reader can change the account there.
    more = {"prompt": "consent" if attempt.change else "none"}
    address = "https://discord.com/oauth2/authorize"
    return Departure(url=authorize_url(client, attempt, address, scope="identify email", more=more))


def _finish(client: Client[DiscordOptions], returned: Returned, calls: Calls) -> Profile:
    code = read_code(returned, issuer=_ISSUER)
    token = fetch_token(client, returned, calls, _TOKEN, code=code, auth="client_secret_post")
    return read_profile(fetch_profile(calls, _USER, token))


def _avatar(subject: str, picture: Any) -> str | None:
    """Return where a picture lies, of which Discord tells the hash only.

    Source: Discord's documentation, “Image Formatting”.
    """
    if not isinstance(picture, str) or not _HASH.fullmatch(picture) or not _ID.fullmatch(subject):
        return None
    return f"https://cdn.discordapp.com/avatars/{subject}/{picture}.png?size=128"


discord = Provider(
    name="discord",
    label="Discord",
    # Simple Icons (CC0 1.0).
    icon=(
        "M20.317 4.3698a19.7913 19.7913 0 00-4.8851-1.5152.0741.0741 0 00-.0785.0371c-.211.3753-.4447.8648-.6083 1"
        ".2495-1.8447-.2762-3.68-.2762-5.4868 0-.1636-.3933-.4058-.8742-.6177-1.2495a.077.077 0 00-.0785-.037 19.7"
        "363 19.7363 0 00-4.8852 1.515.0699.0699 0 00-.0321.0277C.5334 9.0458-.319 13.5799.0992 18.0578a.0824.0824"
        " 0 00.0312.0561c2.0528 1.5076 4.0413 2.4228 5.9929 3.0294a.0777.0777 0 00.0842-.0276c.4616-.6304.8731-1.2"
        "952 1.226-1.9942a.076.076 0 00-.0416-.1057c-.6528-.2476-1.2743-.5495-1.8722-.8923a.077.077 0 01-.0076-.12"
        "77c.1258-.0943.2517-.1923.3718-.2914a.0743.0743 0 01.0776-.0105c3.9278 1.7933 8.18 1.7933 12.0614 0a.0739"
        ".0739 0 01.0785.0095c.1202.099.246.1981.3728.2924a.077.077 0 01-.0066.1276 12.2986 12.2986 0 01-1.873.891"
        "4.0766.0766 0 00-.0407.1067c.3604.698.7719 1.3628 1.225 1.9932a.076.076 0 00.0842.0286c1.961-.6067 3.9495"
        "-1.5219 6.0023-3.0294a.077.077 0 00.0313-.0552c.5004-5.177-.8382-9.6739-3.5485-13.6604a.061.061 0 00-.031"
        "2-.0286zM8.02 15.3312c-1.1825 0-2.1569-1.0857-2.1569-2.419 0-1.3332.9555-2.4189 2.157-2.4189 1.2108 0 2.1"
        "757 1.0952 2.1568 2.419 0 1.3332-.9555 2.4189-2.1569 2.4189zm7.9748 0c-1.1825 0-2.1569-1.0857-2.1569-2.41"
        "9 0-1.3332.9554-2.4189 2.1569-2.4189 1.2108 0 2.1757 1.0952 2.1568 2.419 0 1.3332-.946 2.4189-2.1568 2.41"
        "89Z"
    ),
    help=(
        "On discord.com/developers/applications press “New Application”, then open OAuth2. Under Redirects add:\n"
        "{redirect_uri}\n"
        "and save. Enter here the Client ID, and the Client Secret that “Reset Secret” shows once."
    ),
    options=DiscordOptions,
    start=_start,
    finish=_finish,
)
