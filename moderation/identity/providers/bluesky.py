"""Bluesky, and every server of its network: the reader names the account, not the server."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from moderation.foundation.options import Options
from moderation.foundation.tokens import s256
from moderation.identity import dpop
from moderation.identity.atproto import PUBLIC, find_account, find_server, speaks_for
from moderation.identity.calls import Calls
from moderation.identity.client_document import SCOPE, ourselves
from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.oauth import failed, read_code
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start, read_subject, read_text

_ISSUER: Final = "https://atproto.com"
_KEPT: Final = ("did", "named", "issuer", "token", "key")
_NAMELESS: Final = "handle.invalid"
_WORDS: Final = {
    "invalid_client_metadata": Reason.provider_misconfigured,
    "invalid_dpop_proof": Reason.provider_bad_reply,
    "use_dpop_nonce": Reason.provider_bad_reply,
}


class BlueskyOptions(Options, frozen=True, kw_only=True):
    """Bluesky needs nothing: its servers look up at our address who we are."""


def _start(client: Client[BlueskyOptions], attempt: Start, calls: Calls) -> Departure:
    us = ourselves(client)
    account = find_account(attempt.typed, calls)
    try:
        server = find_server(account.home, calls)
    except SignInFailed as error:
        raise AskAgain(f"The server of {account.named} does not sign anybody in at the moment.") from error
    key = dpop.new_key()
    asked = {
        "response_type": "code",
        "redirect_uri": us.redirect_uri,
        "scope": SCOPE,
        "state": attempt.state,
        "code_challenge": s256(attempt.verifier),
        "code_challenge_method": "S256",
        "login_hint": account.named,
    }

    def form() -> dict[str, str]:
        return {**asked, **us.sign(server.issuer, calls.now)}

    said = dpop.send(calls, server.push, form, key=dpop.read_key(key), nonce="")
    place = said.found.get("request_uri")
    if said.status not in (200, 201) or not isinstance(place, str) or not place:
        raise failed(said.found.get("error"), said.found.get("error_description"), words=_WORDS)
    joint = "&" if "?" in server.authorize else "?"
    kept = {"did": account.did, "named": account.named, "issuer": server.issuer, "token": server.token}
    return Departure(
        url=f"{server.authorize}{joint}{urlencode({'client_id': us.client_id, 'request_uri': place})}",
        kept=kept | {"key": key, "nonce": said.nonce},
    )


def _finish(client: Client[BlueskyOptions], returned: Returned, calls: Calls) -> Profile:
    kept = returned.kept
    if not all(kept.get(name) for name in _KEPT):
        raise SignInFailed(Reason.provider_bad_reply, "It is not known which account was asked for.")
    code = read_code(returned, issuer=kept["issuer"], issuer_required=True, words=_WORDS)
    us = ourselves(client)
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": us.redirect_uri,
        "code_verifier": returned.verifier,
    }

    def form() -> dict[str, str]:
        return {**asked, **us.sign(kept["issuer"], calls.now)}

    said = dpop.send(calls, kept["token"], form, key=dpop.read_key(kept["key"]), nonce=kept.get("nonce", ""))
    if said.status != 200 or "error" in said.found:
        raise failed(said.found.get("error"), said.found.get("error_description"), words=_WORDS)
    _check(said.found, kept, calls)
    return profile(kept["did"], kept["named"], _public_profile(kept["did"], calls))


def profile(did: str, named: str, found: Mapping[str, Any]) -> Profile:
    """Return the profile of an account.

    Args:
        named: as the reader named it: a handle that was checked, or the DID.
        found: what the network's public service says about it; nothing, when it does not answer.

    Source: docs.bsky.app, "app.bsky.actor.getProfile", such as ``{"did": "did:plc:…", "handle": "alice.bsky.social",
    "displayName": "Alice", "avatar": "https://cdn.bsky.app/…"}``.
    """
    known = found if found.get("did") == did else {}
    handle = read_text(known.get("handle"))
    handle = None if handle == _NAMELESS else handle
    return Profile(
        issuer=_ISSUER,
        subject=did,
        name=read_text(known.get("displayName")) or handle or (None if named == did else named),
        url=f"https://bsky.app/profile/{did}",
        avatar=read_text(known.get("avatar")),
    )


def _check(token: Mapping[str, Any], kept: Mapping[str, str], calls: Calls) -> None:
    """Check that the token is about the account that was asked for, by the server that speaks for it.

    Source: atproto.com/specs/oauth, "Identity Authentication".
    """
    scope, kind = token.get("scope"), token.get("token_type")
    if not isinstance(token.get("access_token"), str) or not token["access_token"]:
        raise SignInFailed(Reason.provider_bad_reply, "The server's answer to our code holds no token.")
    if read_subject(token.get("sub")) != kept["did"]:
        raise SignInFailed(Reason.provider_bad_reply, "The server signed in another account than the one asked for.")
    if not isinstance(scope, str) or SCOPE not in scope.split():
        raise SignInFailed(Reason.provider_bad_reply, "The server did not sign anybody in.")
    if not isinstance(kind, str) or kind.lower() != "dpop":
        raise SignInFailed(Reason.provider_bad_reply, "The server's token is anybody's who finds it.")
    if not speaks_for(kept["issuer"], kept["did"], calls):
        raise SignInFailed(Reason.provider_bad_reply, "The server does not speak for the account.")


def _public_profile(did: str, calls: Calls) -> dict[str, Any]:
    try:
        status, found = calls.fetch_json(f"{PUBLIC}/xrpc/app.bsky.actor.getProfile?{urlencode({'actor': did})}")
    except SignInFailed:
        # The account is known; a name and a picture come the next time.
        return {}
    return found if status == 200 else {}


bluesky = Provider(
    name="bluesky",
    label="Bluesky",
    # Source: Simple Icons, which are in the public domain (CC0 1.0).
    icon=(
        "M5.202 2.857C7.954 4.922 10.913 9.11 12 11.358c1.087-2.247 4.046-6.436 6.798-8.501C20.783 1.366 24 .213 24 3."
        "883c0 .732-.42 6.156-.667 7.037-.856 3.061-3.978 3.842-6.755 3.37 4.854.826 6.089 3.562 3.422 6.299-5.065 "
        "5.196-7.28-1.304-7.847-2.97-.104-.305-.152-.448-.153-.327 0-.121-.05.022-.153.327-.568 1.666-2.782 8.166-7.847"
        " 2.97-2.667-2.737-1.432-5.473 3.422-6.3-2.777.473-5.899-.308-6.755-3.369C.42 10.04 0 4.615 0 3.883c0-3.67 "
        "3.217-2.517 5.202-1.026"
    ),
    help=(
        "There is nothing to register and no key: its servers look up who we are at this installation's own address, "
        "which must be https with a name and no port (on this machine, http://localhost does for a trial).\n"
        "They send readers back to:\n"
        "{redirect_uri}\n"
        "Leave client id and secret empty. Signing in costs nothing."
    ),
    options=BlueskyOptions,
    start=_start,
    finish=_finish,
    asks="What is your name on Bluesky? For example alice.bsky.social, or a domain of your own.",
    has_keys=False,
)
