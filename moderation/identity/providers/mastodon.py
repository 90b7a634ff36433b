"""Mastodon: any of its servers, which the reader names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from moderation.foundation.options import Options
from moderation.identity.calls import Calls, read_json
from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.instances import Registration
from moderation.identity.oauth import authorize_url, failed, fetch_token, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text
from moderation.identity.typed import read_host

_EXAMPLE: Final = "mastodon.social"
_KEPT: Final = ("host", "issuer", "client_id", "secret", "token")
# The narrowest scope is newer than many servers.
_NARROW: Final = "profile"
_ALWAYS: Final = "read:accounts"


class MastodonOptions(Options, frozen=True, kw_only=True):
    """Mastodon needs nothing: each server registers us when the first of its people signs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says about itself."""

    host: str
    issuer: str
    authorize: str
    token: str
    scope: str
    sends_issuer: bool


def _start(client: Client[MastodonOptions], attempt: Start, calls: Calls) -> Departure:
    host = read_host(attempt.typed, example=_EXAMPLE)
    try:
        server = _look(host, calls)
        known = _registration(client, server, calls)
    except SignInFailed as error:
        if error.reason in (Reason.provider_down, Reason.provider_misconfigured):
            # Whether there is no such server or it may not be called is nobody's business but ours.
            raise AskAgain(f"No server answers at {host}. Check its name, or try again later.") from error
        raise AskAgain(f"{host} does not answer as a Mastodon server does. Check its name.") from error
    us = _us(client, known.client_id, known.secret)
    more = {"force_login": "true"} if attempt.change else {}
    kept = {"host": host, "issuer": server.issuer, "client_id": known.client_id, "secret": known.secret}
    kept |= {"token": server.token, "sends_issuer": "1" if server.sends_issuer else ""}
    return Departure(url=authorize_url(us, attempt, server.authorize, scope=known.scope, more=more), kept=kept)


def _finish(client: Client[MastodonOptions], returned: Returned, calls: Calls) -> Profile:
    kept = returned.kept
    if not all(kept.get(name) for name in _KEPT):
        raise SignInFailed(Reason.provider_bad_reply, "It is not known which server was asked.")
    code = read_code(returned, issuer=kept["issuer"], issuer_required=kept.get("sends_issuer") == "1")
    us = _us(client, kept["client_id"], kept["secret"])
    try:
        token = fetch_token(us, returned, calls, kept["token"], code=code, auth="client_secret_post")
    except SignInFailed as error:
        if error.reason is Reason.provider_misconfigured and calls.instances:
            # The server has deleted us meanwhile; the next try registers us anew.
            calls.instances.forget(kept["host"], kept["client_id"])
        raise
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    status, found = calls.fetch_json(f"https://{kept['host']}/api/v1/accounts/verify_credentials", headers=bearer)
    if status != 200:
        # Such as "Your login is currently disabled", of people whose account the server has closed.
        raise SignInFailed(Reason.provider_bad_reply, f"The server answered {status}: {found.get('error')}")
    return profile(kept["host"], found)


def profile(host: str, found: Mapping[str, Any]) -> Profile:
    """Return the profile that a server's JSON makes; it speaks for its own people only.

    Source: docs.joinmastodon.org, "Verify account credentials", such as ``{"id": "14715", "username": "alice",
    "acct": "alice", "display_name": "Alice :cat:", "url": "https://social.example/@alice", "avatar": "https://…",
    "uri": "https://social.example/users/alice", "emojis": [{"shortcode": "cat"}]}``.
    """
    subject = read_subject(found.get("id"))
    username, account, link = (read_text(found.get(name)) for name in ("username", "acct", "url"))
    addresses = [one for one in (link, read_text(found.get("uri"))) if one is not None]
    if any(_host_of(address) != host for address in addresses) or "@" in (account or ""):
        raise SignInFailed(Reason.provider_bad_reply, f"{host} answered with somebody of another server.")
    avatar = read_text(found.get("avatar"))
    return Profile(
        issuer=f"https://{host}",
        subject=subject,
        name=_without_emoji(read_text(found.get("display_name")), found.get("emojis")) or username,
        url=link,
        avatar=None if avatar and avatar.endswith("/avatars/original/missing.png") else avatar,
    )


def _look(host: str, calls: Calls) -> Server:
    """Return what a server publishes about itself; before Mastodon 4.3 nothing, then it is as they all were.

    Source: RFC 8414, section 3.3; docs.joinmastodon.org, "Discovering OAuth Scopes".
    """
    base = f"https://{host}"
    place = f"{base}/.well-known/oauth-authorization-server"
    answer = calls.fetch("GET", place, headers={"Accept": "application/json"})
    usual = Server(
        host=host,
        issuer=f"{base}/",
        authorize=f"{base}/oauth/authorize",
        token=f"{base}/oauth/token",
        scope=_ALWAYS,
        sends_issuer=False,
    )
    if answer.status != 200 or "json" not in answer.headers.get("Content-Type", ""):
        # Some relatives of Mastodon answer with their front page whatever one asks for.
        return usual
    said = read_json(answer)
    places = [said.get(name) for name in ("issuer", "authorization_endpoint", "token_endpoint")]
    if not all(isinstance(place, str) and _is_on(host, place) for place in places):
        raise SignInFailed(Reason.provider_bad_reply, f"{host} sends its people elsewhere to sign in.")
    scopes = said.get("scopes_supported")
    return Server(
        host=host,
        issuer=str(places[0]),
        authorize=str(places[1]),
        token=str(places[2]),
        scope=_NARROW if isinstance(scopes, list) and _NARROW in scopes else _ALWAYS,
        sends_issuer=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _registration(client: Client[MastodonOptions], server: Server, calls: Calls) -> Registration:
    """Return how a server knows us; it is asked to register us when it does not, or not any more."""
    found = calls.instances.find(server.host, client.redirect_uri, calls.now) if calls.instances else None
    if found is not None:
        known, fresh = found
        if fresh or _knows(server, known, calls):
            return known
    made = _register(client, server, calls)
    if calls.instances:
        calls.instances.keep(made, calls.now)
    return made


def _knows(server: Server, known: Registration, calls: Calls) -> bool:
    """Tell whether a server still knows us. Asking also keeps it from forgetting: before 4.3 it deleted whoever held
    no token.
    """
    asked = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.secret}
    answer = calls.send_form(server.token, asked | {"scope": known.scope, "redirect_uri": known.redirect_uri})
    if answer.status != 200:
        return False
    if calls.instances:
        calls.instances.confirm(known, calls.now)
    return True


def _register(client: Client[MastodonOptions], server: Server, calls: Calls) -> Registration:
    """Register ourselves at a server.

    Source: docs.joinmastodon.org, "Create an application".
    """
    website = "/".join(client.redirect_uri.split("/", 3)[:3])
    asked = {"client_name": f"Comments ({_host_of(website)})", "redirect_uris": client.redirect_uri}
    asked |= {"scopes": server.scope, "website": website}
    answer = calls.send_form(f"https://{server.host}/api/v1/apps", asked)
    said = read_json(answer)
    if answer.status not in (200, 201):
        raise failed(said.get("error"))
    client_id, secret = read_text(said.get("client_id")), read_text(said.get("client_secret"))
    if not client_id or not secret or len(client_id) > 500 or len(secret) > 500:
        raise SignInFailed(Reason.provider_bad_reply, f"{server.host} did not register us.")
    return Registration(
        host=server.host, redirect_uri=client.redirect_uri, client_id=client_id, secret=secret, scope=server.scope
    )


def _us(client: Client[MastodonOptions], client_id: str, secret: str) -> Client[MastodonOptions]:
    return Client(
        name=client.name, client_id=client_id, secret=secret, redirect_uri=client.redirect_uri, options=client.options
    )


def _is_on(host: str, address: str) -> bool:
    return address.startswith("https://") and address.isprintable() and " " not in address and _host_of(address) == host


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return None


def _without_emoji(name: str | None, emojis: Any) -> str | None:
    """Return a name without the words that stand for a server's own little pictures, such as ``:cat:``."""
    for emoji in emojis if isinstance(emojis, list) else []:
        word = emoji.get("shortcode") if isinstance(emoji, dict) else None
        if name and isinstance(word, str) and word:
            name = name.replace(f":{word}:", "")
    return " ".join((name or "").split()) or None


mastodon = Provider(
    name="mastodon",
    label="Mastodon",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M23.1932 7.8795c0-5.2063-3.4112-6.7324-3.4112-6.7324C18.062.357 15.1077.025 12.0405 0h-.076C8.8963.025 5.9442."
        "357 4.2241 1.147c0 0-3.4112 1.5262-3.4112 6.7325 0 1.192-.023 2.6181.015 4.1292.124 5.0923.934 10.1096 5.6413 "
        "11.3557 2.1701.574 4.0342.695 5.5353.612 2.7222-.15 4.2503-.972 4.2503-.972l-.09-1.9751s-1.9451.613-4.1293."
        "539c-2.165-.074-4.4492-.233-4.7992-2.8912a5.4993 5.4993 0 01-.048-.745s2.125.52 4.8172.643c1.6461.075 3.1902-"
        ".097 4.7583-.283 3.0072-.359 5.6254-2.2121 5.9544-3.9052.517-2.6652.475-6.5074.475-6.5074zm-4.0242 6.7094h-"
        "2.4972V8.4695c0-1.29-.543-1.9441-1.628-1.9441-1.2002 0-1.8022.776-1.8022 2.3121v3.3492h-2.4831V8.8365c0-1.536-"
        ".602-2.3121-1.8021-2.3121-1.0851 0-1.6281.655-1.6281 1.9441v6.1194H4.831V8.2845c0-1.289.328-2.3131.987-3.0702."
        "6801-.758 1.5692-1.146 2.6742-1.146 1.2781 0 2.2462.491 2.8862 1.474l.621 1.0431.622-1.043c.6401-.9831 1.6082-"
        "1.4742 2.8862-1.4742 1.1041 0 1.9942.388 2.6742 1.1461.658.757.986 1.7811.986 3.0702v6.3044z"
    ),
    help=(
        "There is nothing to register and no key: readers name the server where their account is, and it is told about "
        "this installation when the first of them signs in. Their server sends them back to:\n"
        "{redirect_uri}\n"
        "Leave client id and secret empty. Signing in costs nothing."
    ),
    options=MastodonOptions,
    start=_start,
    finish=_finish,
    asks="On which server is your account? For example mastodon.social, or your whole name @you@mastodon.social.",
    has_keys=False,
)
