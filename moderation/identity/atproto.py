"""Finds the server that speaks for somebody in the network of Bluesky: from a name to an account, from it to a server.

Source: atproto.com/specs, "Handle", "DID", "OAuth".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from moderation.identity.calls import Calls
from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.typed import LONGEST

DIRECTORY: Final = "https://plc.directory"
PUBLIC: Final = "https://public.api.bsky.app"

_HANDLE: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PLC: Final = re.compile(r"did:plc:[a-z2-7]{24}")
_WEB: Final = re.compile(rf"did:web:({_HANDLE.pattern})")
_ORIGIN: Final = re.compile(rf"https://{_HANDLE.pattern}(?::[1-9][0-9]{{0,4}})?")
_RESERVED: Final = frozenset({"alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion"})
# What people paste around a handle, unseen: marks of writing direction, spaces of no width.
_UNSEEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, and where it lives.

    Args:
        named: as the reader named it.
        home: the origin of the server that keeps its data.
    """

    did: str
    named: str
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What an authorization server publishes about itself."""

    issuer: str
    authorize: str
    push: str
    token: str


def find_account(typed: str, calls: Calls) -> Account:
    """Return the account that somebody names by handle or DID; the handle is checked both ways.

    Args:
        typed: text from a stranger.

    Raises:
        AskAgain: when there is none.
        SignInFailed: when that cannot be found out.
    """
    named = _UNSEEN.sub("", typed[:LONGEST]).strip().removeprefix("@")
    if named.startswith("did:"):
        return Account(did=named, named=named, home=_home_of(read_account(named, calls)))
    handle = named.lower()
    if not _HANDLE.fullmatch(handle) or len(handle) > 253 or handle.rpartition(".")[2] in _RESERVED:
        raise AskAgain("A Bluesky name looks like alice.bsky.social, or is a domain of your own.")
    did = _resolve(handle, calls)
    if did is None:
        raise AskAgain(f"There is no account {handle}. Check the name.")
    document = read_account(did, calls)
    if f"at://{handle}" not in _texts(document.get("alsoKnownAs")):
        raise AskAgain(f"The account behind {handle} goes by another name. Type that one.")
    return Account(did=did, named=handle, home=_home_of(document))


def read_account(did: str, calls: Calls) -> dict[str, Any]:
    """Return the document of an account.

    Raises:
        AskAgain: when there is none, or it is another's.
        SignInFailed: when that cannot be found out.
    """
    web = _WEB.fullmatch(did)
    if web and web[1].rpartition(".")[2] not in _RESERVED:
        place = f"https://{web[1]}/.well-known/did.json"
    elif _PLC.fullmatch(did):
        place = f"{DIRECTORY}/{did}"
    else:
        raise AskAgain("This is no DID of Bluesky. Type your name instead, such as alice.bsky.social.")
    status, document = calls.fetch_json(place)
    if status != 200 or document.get("id") != did:
        raise AskAgain("There is no such account. Check the name.")
    return document


def find_server(home: str, calls: Calls) -> Server:
    """Return the authorization server that speaks for those who live at a place.

    Raises:
        SignInFailed: when there is none, or it does not keep to what is agreed.
    """
    issuer = speaker(home, calls)
    status, said = calls.fetch_json(f"{issuer}/.well-known/oauth-authorization-server")
    if status != 200 or said.get("issuer") != issuer:
        raise SignInFailed(Reason.provider_bad_reply, f"{issuer} does not speak for itself.")
    if "atproto" not in _texts(said.get("scopes_supported")):
        raise SignInFailed(Reason.provider_bad_reply, f"{issuer} does not sign people in.")
    if "ES256" not in _texts(said.get("dpop_signing_alg_values_supported")):
        raise SignInFailed(Reason.provider_bad_reply, f"{issuer} does not take our signatures.")
    return Server(
        issuer=issuer,
        authorize=_endpoint(said, "authorization_endpoint"),
        push=_endpoint(said, "pushed_authorization_request_endpoint"),
        token=_endpoint(said, "token_endpoint"),
    )


def speaker(home: str, calls: Calls) -> str:
    """Return the issuer that speaks for those who live at a place.

    Raises:
        SignInFailed: when the place names none, or several.
    """
    status, said = calls.fetch_json(f"{home}/.well-known/oauth-protected-resource")
    speakers = said.get("authorization_servers")
    named = speakers[0] if status == 200 and isinstance(speakers, list) and len(speakers) == 1 else None
    if not isinstance(named, str) or not _ORIGIN.fullmatch(named) or said.get("resource", home) != home:
        raise SignInFailed(Reason.provider_bad_reply, f"{home} does not say who speaks for its people.")
    return named


def speaks_for(issuer: str, did: str, calls: Calls) -> bool:
    """Tell whether an issuer speaks for an account, as things are now.

    Raises:
        SignInFailed: when that cannot be found out.
    """
    try:
        return speaker(_home_of(read_account(did, calls)), calls) == issuer
    except AskAgain:
        return False


def _resolve(handle: str, calls: Calls) -> str | None:
    """Return the DID that a handle stands for: as the network's public service knows, else as its own host says."""
    place = f"{PUBLIC}/xrpc/com.atproto.identity.resolveHandle?{urlencode({'handle': handle})}"
    try:
        status, said = calls.fetch_json(place)
        if status == 200 and isinstance(said.get("did"), str):
            return str(said["did"])
    except SignInFailed:
        pass
    try:
        answer = calls.fetch("GET", f"https://{handle}/.well-known/atproto-did", headers={"Accept": "text/plain"})
    except SignInFailed:
        return None
    return answer.body[:LONGEST].decode("ascii", errors="replace").strip() if answer.status == 200 else None


def _home_of(document: Mapping[str, Any]) -> str:
    services = document.get("service")
    for service in services if isinstance(services, list) else []:
        if not isinstance(service, dict) or service.get("type") != "AtprotoPersonalDataServer":
            continue
        place = service.get("serviceEndpoint")
        if str(service.get("id")).endswith("#atproto_pds") and isinstance(place, str) and _ORIGIN.fullmatch(place):
            return place
    raise AskAgain("This account lives on no server that could sign it in.")


def _endpoint(said: Mapping[str, Any], name: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        raise SignInFailed(Reason.provider_bad_reply, f"The server does not publish its {name}.")
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.netloc or parts.fragment:
        raise SignInFailed(Reason.provider_bad_reply, f"The server's {name} is not an address we may use.")
    return address


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
