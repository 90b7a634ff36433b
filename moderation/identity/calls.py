"""All calls of one sign-in to the outside: guarded, 8 seconds in all, 256 KB an answer, no redirects."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.outbound import Answer, Outbound
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.instances import Instances

SECONDS = 8.0
LIMIT = 256 * 1024
_KEPT = timedelta(hours=1)
_DOCUMENTS = 200
# Whoever makes us ask anew (an id_token with an unknown key) can do so once a minute.
_ANEW = timedelta(minutes=1)


class Documents:
    """What issuers publish about themselves (discovery, keys), kept for an hour; one for the process."""

    def __init__(self) -> None:
        self._documents: OrderedDict[str, tuple[datetime, dict[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, url: str, now: datetime, *, newest: bool = False) -> dict[str, Any] | None:
        """Return a document, None when it is unknown or has expired.

        Args:
            newest: the one at hand has proved too old.
        """
        with self._lock:
            fetched_at, document = self._documents.get(url, (None, {}))
            age = None if fetched_at is None else now - fetched_at
            return document if age is not None and age < (_ANEW if newest else _KEPT) else None

    def put(self, url: str, document: dict[str, Any], now: datetime) -> None:
        """Keep a document."""
        with self._lock:
            self._documents[url] = (now, document)
            self._documents.move_to_end(url)
            while len(self._documents) > _DOCUMENTS:
                self._documents.popitem(last=False)


class Calls:
    """The calls of one request for a sign-in; they share 8 seconds.

    Args:
        now: the moment of the sign-in, for what expires.
        instances: the servers that registered us; None remembers none.
    """

    def __init__(
        self, outbound: Outbound, documents: Documents, now: datetime, *, instances: Instances | None = None
    ) -> None:
        self.now = now
        self.instances = instances
        self._outbound = outbound
        self._documents = documents
        self._deadline = time.monotonic() + SECONDS

    def fetch(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: bytes | None = None
    ) -> Answer:
        """Call an address.

        Raises:
            SignInFailed: provider_down when it does not answer in time, provider_misconfigured when it may not
                be called.
        """
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise SignInFailed(Reason.provider_down, "The provider took too long to answer.")
        try:
            answer = self._outbound.fetch(
                method, url, headers=dict(headers or {}), data=data, seconds=seconds, limit=LIMIT, redirects=0
            )
        except Outage as error:
            raise SignInFailed(Reason.provider_down, error.message) from error
        except Refused as error:
            raise SignInFailed(Reason.provider_misconfigured, error.message) from error
        _refuse_failures(answer)
        return answer

    def fetch_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object at an address.

        Raises:
            SignInFailed: provider_bad_reply when it is none; else as ``fetch``.
        """
        answer = self.fetch("GET", url, headers={"Accept": "application/json", **(headers or {})})
        return answer.status, read_json(answer)

    def send_form(self, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Answer:
        """Post the fields of a form, and return the answer, which should be JSON.

        Raises:
            SignInFailed: as ``fetch``.
        """
        form = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.fetch("POST", url, headers=form, data=urlencode(fields).encode("ascii"))

    def document(self, url: str, *, newest: bool = False) -> dict[str, Any]:
        """Return what an issuer publishes at an address, at most an hour old; with ``newest``, a minute.

        Raises:
            SignInFailed: when it is not there, or not JSON.
        """
        known = self._documents.get(url, self.now, newest=newest)
        if known is not None:
            return known
        status, document = self.fetch_json(url)
        if status != 200:
            raise SignInFailed(Reason.provider_misconfigured, f"{_place(url)} answered {status}.")
        self._documents.put(url, document, self.now)
        return document

    def client(self, **arguments: Any) -> OAuth2Client:
        """Return Authlib's OAuth 2 client, whose only way out is this guard."""
        client = OAuth2Client(_Guard(self), **arguments)
        # Authlib's OAuth2Error refuses descriptions with characters that providers use all the same, such as quotes.
        client.oauth_error_class = AuthlibBaseError
        return client


class _Guard:
    """What Authlib's client speaks through, in the place of a session of requests."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> "_Reply":
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Reply(self._calls.fetch("POST", url, headers=headers, data=body.encode("ascii")))


class _Reply:
    """What Authlib asks of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self._answer = answer

    def json(self) -> Any:
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError(f"{_place(self._answer.url)} answered {self.status_code}")


def read_json(answer: Answer) -> dict[str, Any]:
    """Return the JSON object that a server answered with.

    Raises:
        SignInFailed: provider_bad_reply when it is none.
    """
    try:
        found = json.loads(answer.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(Reason.provider_bad_reply, f"{_place(answer.url)} did not answer with JSON.") from error
    if not isinstance(found, dict):
        raise SignInFailed(Reason.provider_bad_reply, f"{_place(answer.url)} did not answer with a JSON object.")
    return found


def _refuse_failures(answer: Answer) -> None:
    """Stop at the statuses that mean the same wherever they come from."""
    if answer.status in (402, 429):
        why = "the credits there are used up" if answer.status == 402 else "a limit is reached"
        raise SignInFailed(Reason.provider_quota, f"{_place(answer.url)} answered {answer.status}: {why}.")
    if answer.status >= 500:
        raise SignInFailed(Reason.provider_down, f"{_place(answer.url)} answered {answer.status}.")
    if 300 <= answer.status < 400:
        raise SignInFailed(Reason.provider_bad_reply, f"{_place(answer.url)} answered with a redirect.")


def _place(url: str) -> str:
    """Return an address without its query, which may hold a secret."""
    return url.partition("?")[0]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
