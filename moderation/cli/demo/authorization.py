"""Reads what a client asks of the trial's issuer, and says in the protocol's words what is wrong with it.

Source: RFC 6749 section 4.1, RFC 7636, OpenID Connect Core 1.0 section 3.1.2.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from moderation.cli.demo.grants import AuthorizationRequest

PROMPTS: Final = frozenset({"none", "login", "select_account", "consent"})
SCOPES: Final = ("openid", "profile", "email")

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Unanswerable(Exception):
    """The client or its address is not ours, so the answer may go to nobody but the reader.

    Args:
        message: a sentence for the page.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Declined(Exception):
    """The request is refused, and the client shall hear it.

    Args:
        error: one of the protocol's codes.
        state: the client's own, to be sent back.
    """

    def __init__(self, error: str, description: str, *, state: str = "") -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.state = state


def read_authorization(
    parameters: Mapping[str, Sequence[str]], *, client_id: str, redirect_uri: str
) -> AuthorizationRequest:
    """Check an authorization request.

    Args:
        parameters: every value of every parameter, text from a stranger.
        redirect_uri: the only address that is registered; compared character by character.

    Raises:
        Unanswerable: another client or another address.
        Declined: anything else that is wrong with it.
    """
    if list(parameters.get("client_id", ())) != [client_id]:
        raise Unanswerable("The page that sent you here is not known to this provider.")
    if list(parameters.get("redirect_uri", ())) != [redirect_uri]:
        raise Unanswerable("The page that sent you here asked to send you on to an address that is not registered.")
    given = {name: values[0] for name, values in parameters.items() if len(values) == 1 and values[0]}
    state = given.get("state", "")
    try:
        if repeated := sorted(name for name, values in parameters.items() if len(values) > 1):
            raise Declined("invalid_request", f"More than one {repeated[0]}.")
        return _read(given)
    except Declined as declined:
        declined.state = state
        raise


def _read(given: Mapping[str, str]) -> AuthorizationRequest:
    for name in ("request", "request_uri", "registration"):
        if name in given:
            raise Declined(f"{name}_not_supported", f"This provider does not take {name}.")
    for name in ("response_type", "state", "nonce", "code_challenge"):
        if name not in given:
            raise Declined("invalid_request", f"The request has no {name}.")
    if given["response_type"] != "code":
        raise Declined("unsupported_response_type", "Only response_type=code is supported.")
    if given.get("response_mode", "query") != "query":
        raise Declined("invalid_request", "Only response_mode=query is supported.")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(given["code_challenge"]):
        raise Declined("invalid_request", "PKCE needs code_challenge_method=S256 and a challenge of 43 characters.")
    return AuthorizationRequest(
        state=given["state"],
        nonce=given["nonce"],
        challenge=given["code_challenge"],
        scope=_scope(given.get("scope", "")),
        prompt=_prompt(given.get("prompt", "")),
        max_age=_max_age(given.get("max_age")),
    )


def _scope(text: str) -> frozenset[str]:
    asked = frozenset(text.split())
    if "openid" not in asked:
        raise Declined("invalid_scope", "The scope has no openid.")
    return asked & frozenset(SCOPES)


def _prompt(text: str) -> frozenset[str]:
    asked = frozenset(text.split())
    if not asked <= PROMPTS or ("none" in asked and len(asked) > 1):
        raise Declined("invalid_request", "The prompt is not one that can be followed.")
    return asked


def _max_age(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Declined("invalid_request", "The max_age is not a number of seconds.")
    return int(text)


def answer_address(redirect_uri: str, *, issuer: str, answer: Mapping[str, str]) -> str:
    """Build the address that takes an answer back to the client, with the issuer's name (RFC 9207)."""
    query = urlencode({name: value for name, value in {**answer, "iss": issuer}.items() if value})
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{query}"
