"""Tests a provider without a reader: is it there, does it know us, and is our secret right?

It goes the reader's way as far as one gets without an account: it asks for a token with a code that nobody was given.
Whoever refuses the code has taken our secret for good; whoever refuses us says so.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.outbound import Answer, Outbound
from moderation.foundation.tokens import Keys
from moderation.identity.calls import LIMIT, Calls, Documents
from moderation.identity.diagnosis import explain
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.oauth import failed
from moderation.identity.provider import Client, Provider, Returned, Start, open_client
from moderation.identity.provider_keys import redirect_address
from moderation.records import ProviderKeys

_LOOKED: Final = 5.0
_CODE: Final = re.compile(r"\bcode\b|malformed|aadsts9002313", re.IGNORECASE)
_NOT_CODE: Final = re.compile(r"client|secret|redirect|scope", re.IGNORECASE)
_REDIRECT: Final = re.compile(r"redirect(ion)?[ _]?ur[il]|redirect_uri_mismatch|callback ur[il]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a test found.

    Args:
        sentence: for the owner.
        reason: None when nothing is wrong.
        detail: may quote the provider.
    """

    sentence: str
    reason: Reason | None = None
    detail: str = ""

    @property
    def works(self) -> bool:
        """Nothing that can be seen without a reader is wrong."""
        return self.reason is None


def probe(row: ProviderKeys, outbound: Outbound, keys: Keys, *, public_url: str, now: datetime) -> Found:
    """Test a provider. Calls the network, never the database."""
    # What was published an hour ago is no test.
    calls = _Listening(outbound, Documents(), now)
    try:
        provider, client = open_client(row, keys, public_url)
        if not provider.has_keys:
            return Found(sentence=f"{row.label} needs no keys: each server gets to know us when a reader names it.")
        address = _ask(provider, client, calls)
        _look(address, outbound, client.redirect_uri)
    except SignInFailed as wrong:
        redirect_uri = redirect_address(public_url, row.name)
        sentence = explain(wrong.reason, wrong.detail, redirect_uri=redirect_uri)
        return Found(sentence=sentence, reason=wrong.reason, detail=wrong.detail)
    return Found(sentence=f"{row.label} answers, and takes our keys. Now sign in there once yourself.")


class _Listening(Calls):
    """Calls that remember which issuer they were told of: some want to hear its name with the code."""

    issuer: str | None = None

    def document(self, url: str, *, newest: bool = False) -> dict[str, Any]:
        found = super().document(url, newest=newest)
        if isinstance(found.get("issuer"), str):
            self.issuer = found["issuer"]
        return found


def _ask(provider: Provider[Any], client: Client[Any], calls: _Listening) -> str:
    """Go to the provider and back with a code of our own making; return the address that readers are sent to.

    Raises:
        SignInFailed: when anything but the code is wrong.
    """
    start = Start(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(48)[:64])
    departure = provider.start(client, start, calls)
    params = {"code": token_urlsafe(32), "state": start.state}
    if calls.issuer is not None:
        params["iss"] = calls.issuer
    returned = Returned(params=params, nonce=start.nonce, verifier=start.verifier, kept=departure.kept)
    try:
        provider.finish(client, returned, calls)
    except SignInFailed as refused:
        if refused.reason is Reason.login_expired:
            return departure.url
        of_code = refused.reason is Reason.provider_misconfigured and _CODE.search(refused.detail)
        if of_code and not _NOT_CODE.search(refused.detail):
            return departure.url
        raise
    raise SignInFailed(Reason.provider_bad_reply, "It took a code that it had never given.")


def _look(address: str, outbound: Outbound, redirect_uri: str) -> None:
    """Look at the page that readers are sent to: many providers say there whether they know our redirect address.

    Raises:
        SignInFailed: when it says that it does not.
    """
    try:
        answer = outbound.fetch("GET", address, headers={"Accept": "text/html"}, seconds=_LOOKED, limit=LIMIT)
    except (Outage, Refused):
        # Pages for people may be large, slow, or not for the likes of us; that is no fault of the keys.
        return
    place = answer.headers.get("Location", "") if 300 <= answer.status < 400 else ""
    if place.startswith(f"{redirect_uri}?"):
        _read_error(place)
    elif answer.status in (400, 401) and _REDIRECT.search(_text(answer)):
        raise SignInFailed(Reason.provider_misconfigured, "The provider's page speaks of the redirect address.")
    elif place and _REDIRECT.search(_told(place)):
        raise SignInFailed(Reason.provider_misconfigured, "The provider's page says: redirect_uri_mismatch")


def _read_error(place: str) -> None:
    """Stop at an error that comes back to us without anybody having been asked.

    Source: RFC 6749, section 4.1.2.1.
    """
    given = parse_qs(urlsplit(place).query)
    if "error" in given:
        found = failed(given["error"][0], given.get("error_description", [""])[0])
        if found.reason is Reason.provider_misconfigured:
            raise found


def _text(answer: Answer) -> str:
    page = answer.body.decode("utf-8", errors="replace")
    return re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", page)


def _told(place: str) -> str:
    """Return the error in the address of a provider's page of errors; Google's is packed."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}
    packed = given.get("authError", "")
    try:
        opened = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("latin-1")
    except ValueError:
        opened = ""
    return f"{given.get('error', '')} {opened}"
