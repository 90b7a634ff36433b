"""Answers public reads before Flask is reached, from what is kept ready; everything else goes on to Flask."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from flask import request

from moderation.foundation.errors import Outage
from moderation.publishing.ready import Entry, Ready, Rests, encode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    # Only for its name: it brings the whole server.
    from moderation.foundation.wsgi import Answer

_NOTE: Final = "moderation.rests"
_PUBLIC: Final = (
    "/api/v1/thread",
    "/api/v1/counts",
    "/api/v1/recent",
    "/api/v1/sites/",
    "/feeds/",
    "/fragment",
    "/embed/",
)
_PARAMETERS: Final = frozenset({"site", "page", "sort", "after", "limit"})
_READS: Final = ("GET", "HEAD")
_STATUS: Final = {200: "200 OK", 304: "304 Not Modified"}
_LONGEST: Final = 2048
# What a browser accepts is a fifth of this.
_LONGEST_LIST: Final = 200
_CONDITIONS: Final = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_ACCEPT_ENCODING"})
# The server gives each its date: with an old one, a cache would take the answer for old.
_OF_ONE_ANSWER: Final = frozenset({"content-length", "content-encoding", "date", "etag", "vary", "x-request-id"})


def rests_on(rests: Rests) -> None:
    """Say what the answer under way rests on, so that it may be kept ready; without a word it is not."""
    request.environ[_NOTE] = rests


class ReadyAnswers:
    """WSGI middleware.

    Args:
        clock: the moment, for answers that stop being true by themselves.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], ready: Ready, *, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._ready = ready
        self._clock = clock

    def at_once(self, method: str, path: str, query: str, header: Callable[[str], str | None]) -> "Answer | None":
        """Return what is ready, None when somebody has to look further; wait for no other machine."""
        if method not in _READS:
            return None
        try:
            # Under an address that is not public, nothing is kept.
            entry = self._ready.get(f"{path}?{query}", clock=self._clock, waiting=False)
        except Outage:
            return None
        return None if entry is None else _answer(entry, method, header("accept-encoding"), header("if-none-match"))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        address = _address(method, environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        if address is None:
            return self._app(environ, start_response)
        try:
            entry = self._ready.get(address, clock=self._clock)
            if entry is None:
                self._ready.misses += 1
                with self._ready.building(address):
                    entry = self._ready.get(address, clock=self._clock)
                    if entry is None:
                        built = self._build(address, environ)
                        if not isinstance(built, Entry):
                            status, headers, body = built
                            start_response(status, headers)
                            return [body]
                        entry = built
        except Outage:
            # Nobody can say whether what is kept is still true, so it is not sent; Flask says what is the matter.
            return self._app(environ, start_response)
        known = environ.get("HTTP_IF_NONE_MATCH")
        code, headers, body = _answer(entry, method, environ.get("HTTP_ACCEPT_ENCODING"), known)
        start_response(_STATUS[code], headers)
        return [body]

    def _build(self, address: str, environ: "WSGIEnvironment") -> "Entry | tuple[str, list[tuple[str, str]], bytes]":
        """Let Flask build the answer; an entry when it may be kept, else the answer as it is."""
        # What is kept has its body, whoever asks first.
        asked = {name: value for name, value in environ.items() if name not in _CONDITIONS} | {"REQUEST_METHOD": "GET"}
        told: list[Any] = []
        state = self._ready.state()
        chunks = self._app(asked, lambda status, headers, _problem=None: told.extend((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = told
        rests = asked.get(_NOTE)
        if not status.startswith("200 ") or not isinstance(rests, Rests):
            return status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body
        if not _is_plain(address):
            # Served, but not kept: anybody could fill the memory with parameters that mean nothing.
            return encode(body, headers=_common(headers), rests=rests, state=state)
        return self._ready.put(address, body, headers=_common(headers), rests=rests, state=state)


def _address(method: str, path: str, query: str) -> str | None:
    """Return the address by which an answer is kept, None where there cannot be one."""
    if not path.startswith(_PUBLIC) or method not in _READS:
        return None
    address = f"{path}?{query}"
    return address if len(address) <= _LONGEST else None


def _answer(entry: Entry, method: str, accepted: str | None, known: str | None) -> "Answer":
    form = entry.form(_wanted(accepted[:_LONGEST_LIST]) if accepted else ())
    if known is not None and _is_known(known, form.etag):
        return 304, [*entry.headers, *form.headers[:-1]], b""
    return 200, [*entry.headers, *form.headers], b"" if method == "HEAD" else form.body


@lru_cache(maxsize=256)
def _wanted(accepted: str) -> tuple[str, ...]:
    """Return the encodings that a reader takes, of those we have, the smallest first."""
    parts = (part.replace(" ", "").lower().partition(";q=") for part in accepted.split(","))
    wanted = {name for name, _, weight in parts if weight.strip("0.") or not weight}
    return tuple(name for name in ("br", "gzip") if name in wanted)


def _is_known(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in condition.split(","))


def _is_plain(address: str) -> bool:
    names = [name for name, _ in parse_qsl(address.partition("?")[2], keep_blank_values=True)]
    return _PARAMETERS.issuperset(names) and (len(set(names)) == len(names) or address.startswith("/api/v1/counts"))


def _common(headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept = [(name, value) for name, value in headers if name.lower() not in _OF_ONE_ANSWER]
    return (*kept, ("Vary", "Accept-Encoding"))
