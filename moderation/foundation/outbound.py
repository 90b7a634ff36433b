"""Calls other servers for the service: public ones only, in bounded time, and never more than it can hold."""

import http.client
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, cast
from urllib.parse import urlencode, urljoin

import certifi

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.headers import Headers
from moderation.foundation.reachable import PORTS, Resolve, Target, check_target, find_addresses, read_target
from moderation.foundation.wire import Deadline, Wire, connect, in_time, secure

_HEADERS: Final = 64 * 1024
_PIECE: Final = 64 * 1024
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
# Ours to say: where a request goes, how long it is, and in which form the answer comes.
_OURS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
# All that follows a redirect to somebody else; a key or a signature never does.
_TO_ANYBODY: Final = frozenset({"accept", "accept-language", "user-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered.

    Args:
        headers: found in upper and lower case.
        url: the address that answered, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    headers: Mapping[str, str]
    body: bytes | None


class Outbound:
    """The only way out of the service.

    It takes no proxy, password file or cookie from its surroundings. Certificates are those that certifi brings, and
    those of the machine (or of ``SSL_CERT_FILE``).

    Args:
        exceptions: exact ``host:port`` on this machine that may be called although they are not public; for the trial
            and tests only.
        resolve: like socket.getaddrinfo.
        ports: those that may be called.
    """

    def __init__(
        self,
        exceptions: frozenset[str] = frozenset(),
        *,
        resolve: Resolve = socket.getaddrinfo,
        ports: frozenset[int] = PORTS,
    ) -> None:
        self._find_addresses = partial(find_addresses, exceptions=exceptions, ports=ports, resolve=resolve)
        self._check = partial(check_target, exceptions=exceptions, ports=ports)
        self._exceptions = exceptions

    def encrypted(self, url: str) -> str:
        """Return an address in its plain form, if it is one that could be called, and over https.

        Exceptions may be called without encryption. Where the name leads is found out with each call.

        Args:
            url: text from a stranger.

        Raises:
            Refused: it never could.
        """
        target = read_target(url)
        if not target.secure and target.authority not in self._exceptions:
            raise Refused("The address must begin with https://, so that nobody on the way can read along.")
        self._check(target)
        return target.url

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Mapping[str, str] | None = None,
        seconds: float = 10,
        limit: int = 256 * 1024,
        redirects: int = 0,
    ) -> Answer:
        """Call an address.

        Args:
            url: text from a stranger.
            data: a body, or the fields of a form.
            seconds: for all of it: finding the host, redirects, the last byte.
            limit: bytes of the answer's body.
            redirects: how many to follow; without any, a redirect is an answer like others.

        Raises:
            Refused: when it is not an address we call.
            Outage: when it cannot be reached, takes too long, or answers too much.
        """
        deadline = Deadline(seconds)
        request = _request(method, dict(headers or {}), data)
        target = read_target(url)
        for _ in range(redirects):
            answer = self._call(request, target, deadline, limit)
            place = answer.headers.get("Location") if answer.status in _REDIRECTS else None
            if place is None:
                return answer
            before, target = target, _next_target(target, place)
            request = _after_redirect(request, before, target, answer.status)
        answer = self._call(request, target, deadline, limit)
        if redirects and answer.status in _REDIRECTS and "Location" in answer.headers:
            raise Outage(f"{target.host} redirects too often.")
        return answer

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _call(self, request: _Request, target: Target, deadline: Deadline, limit: int) -> Answer:
        try:
            addresses = in_time(partial(self._find_addresses, target), deadline)
            with closing(connect(addresses, target.port, deadline)) as plain:
                if not target.secure:
                    return _exchange(plain, request, target, deadline, limit)
                with closing(secure(plain, target.host, self._tls, deadline)) as encrypted:
                    return _exchange(encrypted, request, target, deadline, limit)
        except TimeoutError as error:
            raise Outage(f"{target.host} took too long to answer.") from error
        except ssl.SSLCertVerificationError as error:
            raise Outage(f"The certificate of {target.host} cannot be trusted.") from error
        except OverflowError as error:
            raise Outage(f"{target.host} answered with more than we take.") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Outage(f"{target.host} cannot be reached.") from error


def _exchange(connected: socket.socket, request: _Request, target: Target, deadline: Deadline, limit: int) -> Answer:
    wire = Wire(connected, deadline, _HEADERS)
    connection = http.client.HTTPConnection(target.host, target.port)
    # Without this it would open a connection of its own, to wherever the name leads by then.
    connection.auto_open = 0
    connection.sock = cast("socket.socket", wire)
    headers = {"Host": target.host_header, "Accept-Encoding": "identity", "Connection": "close", **request.headers}
    connection.request(request.method, target.path, body=request.body, headers=headers)
    response = connection.getresponse()
    # What frames a body (sizes of pieces, headers after it) may take as much again.
    wire.allowance += 2 * limit
    found = Headers()
    for name, value in response.getheaders():
        line = " ".join(value.split())
        found[name] = f"{found[name]}, {line}" if name in found else line
    _refuse_coding(found)
    body = _read(response, limit)
    return Answer(status=response.status, headers=found, body=body, url=target.url)


def _read(response: http.client.HTTPResponse, limit: int) -> bytes:
    if (response.length or 0) > limit:
        raise OverflowError("the answer is too large")
    pieces = bytearray()
    while piece := response.read(_PIECE):
        pieces += piece
        if len(pieces) > limit:
            raise OverflowError("the answer is too large")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(pieces)


def _refuse_coding(headers: Mapping[str, str]) -> None:
    """A packed body may unpack to any size; we said that we take none."""
    if headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise http.client.HTTPException("packed, though we asked for it plain")
    if headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
        raise http.client.HTTPException("transferred in a form that is not read here")


def _request(method: str, headers: dict[str, str], data: bytes | Mapping[str, str] | None) -> _Request:
    if method not in _METHODS:
        raise Refused(f"{method} is not a method that is used.")
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused("A header holds characters that headers cannot have.")
    kept = Headers({"User-Agent": "Moderation"})
    kept.update({name: value for name, value in headers.items() if name.lower() not in _OURS})
    if isinstance(data, Mapping):
        kept.setdefault("Content-Type", "application/x-www-form-urlencoded")
        data = urlencode(data).encode("ascii")
    return _Request(method=method, headers=kept, body=data)


def _next_target(target: Target, place: str) -> Target:
    try:
        # http.client reads headers as Latin-1, whatever was meant.
        return read_target(urljoin(target.url, place.encode("latin-1").decode("utf-8", errors="replace")))
    except ValueError as error:
        raise Refused(f"{target.host} redirects to what is not an address.") from error


def _after_redirect(request: _Request, before: Target, target: Target, status: int) -> _Request:
    """Return what is asked for next: nobody else gets a key, a signature or a body."""
    if before.secure and not target.secure:
        raise Refused(f"{before.host} redirects to an address without encryption.")
    headers = request.headers
    if before.origin != target.origin:
        headers = {name: value for name, value in headers.items() if name.lower() in _TO_ANYBODY}
    if status in (307, 308) or request.method in ("GET", "HEAD"):
        if request.body is not None and before.origin != target.origin:
            raise Refused(f"{before.host} redirects what we send to somebody else.")
        return _Request(method=request.method, headers=headers, body=request.body)
    headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    return _Request(method="GET", headers=headers, body=None)
