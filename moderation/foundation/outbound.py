"""The only way out: calls addresses that strangers name, and can be led neither inside nor astray."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urljoin

import certifi

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.paced import Paced, time_left
from moderation.foundation.reach import Address, Place, is_public, read_place

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# What one place may be told, another may not.
_SECRETS: Final = frozenset({"authorization", "cookie", "dpop", "proxy-authorization"})
_OURS: Final = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})
# Status line, headers and the marks between chunks, on top of twice the body.
_AROUND: Final = 64 * 1024
_ADDRESSES: Final = 4
_CHUNK: Final = 64 * 1024

Resolve = Callable[..., list[tuple[Any, ...]]]
Connect = Callable[..., socket.socket]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Args:
        headers: names in lower case.
        url: where it came from, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Outbound:
    """A web client for addresses from strangers.

    A name is looked up once, all its addresses must be public, and the connection goes to one of these, so that a
    second look-up cannot lead elsewhere. No proxies or credentials from the environment, no cookies, no compression.
    It stands on the standard library's client, because what is between that and us in richer ones (redirects, retries,
    pools, decoding) is what has to be kept out.

    Args:
        exceptions: exact ``host:port`` on this machine that may be called, in a trial and in tests only.
        resolve: looks a name up.
        connect: opens a connection.
    """

    def __init__(
        self,
        exceptions: frozenset[str] = frozenset(),
        *,
        resolve: Resolve = socket.getaddrinfo,
        connect: Connect = socket.create_connection,
    ) -> None:
        self._exceptions = exceptions
        self._resolve = resolve
        self._connect = connect
        # A look-up cannot be broken off, only left behind; this many may be under way.
        self._looking_up = threading.BoundedSemaphore(32)

    def fetch(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        seconds: float = 10,
        limit: int = 1024 * 1024,
        redirects: int = 0,
    ) -> Answer:
        """Call an address and return its whole answer, whatever its status.

        Args:
            url: from a stranger.
            seconds: for everything together: look-up, connection, redirects, the last byte.
            limit: bytes of body.
            redirects: how many are followed, each checked like the first; with none, a redirect is an answer.

        Raises:
            Refused: when it must not be called, or answers with too much.
            Outage: when it does not answer properly in time.
        """
        deadline = time.monotonic() + seconds
        sent = {name: value for name, value in (headers or {}).items() if name.lower() not in _OURS}
        place = read_place(url, self._exceptions)
        for left in range(redirects, -1, -1):
            answer = self._call(method, place, sent, data, deadline, limit)
            target = answer.headers.get("location")
            if not redirects or answer.status not in _REDIRECTS or target is None:
                return answer
            if not left:
                break
            before, place = place, read_place(urljoin(place.url, target), self._exceptions)
            if before.secure and not place.secure:
                raise Refused("The address leads from https to http.")
            if before.origin != place.origin:
                sent = {name: value for name, value in sent.items() if name.lower() not in _SECRETS}
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method, data = "HEAD" if method == "HEAD" else "GET", None
        raise Refused("The address leads from one to another too often.")

    def _call(
        self, method: str, place: Place, headers: Mapping[str, str], data: bytes | None, deadline: float, limit: int
    ) -> Answer:
        """Make one call, without redirects."""
        addresses = self._addresses(place, deadline)
        try:
            with closing(self._open(place, addresses, deadline)) as connection:
                client = http.client.HTTPConnection(place.host, place.port)
                paced = Paced(connection, deadline, 2 * limit + _AROUND)
                client.sock = paced
                client.request(
                    method,
                    place.target,
                    body=data,
                    headers={
                        "Host": _host_header(place),
                        "User-Agent": "Moderation",
                        **headers,
                        "Accept-Encoding": "identity",
                        "Connection": "close",
                    },
                )
                return _read(client.getresponse(), place.url, limit)
        except TimeoutError as error:
            raise Outage(f"{place.host} took too long to answer.") from error
        except ssl.SSLError as error:
            raise Outage(f"{place.host} cannot be reached securely.") from error
        except (OSError, http.client.HTTPException) as error:
            raise Outage(f"{place.host} did not answer properly.") from error
        except ValueError as error:
            # http.client's word for a method, target or header that would break out of its line.
            raise Refused("The call holds characters that it cannot.") from error

    def _addresses(self, place: Place, deadline: float) -> list[Address]:
        """Look a place up, once; every address it has must be allowed."""
        if place.literal is not None:
            addresses = [place.literal]
        else:
            addresses = [_read_address(found[4][0]) for found in self._look_up(place, deadline)]
        if not addresses:
            raise Outage(f"{place.host} is not known.")
        excepted = place.name in self._exceptions
        if not all(is_public(address) or (excepted and address.is_loopback) for address in addresses):
            raise Refused("The address leads to a place that cannot be called from here.")
        return list(dict.fromkeys(addresses))[:_ADDRESSES]

    def _look_up(self, place: Place, deadline: float) -> list[tuple[Any, ...]]:
        """Ask for a name's addresses, and stop waiting at the deadline: a slow name server can take minutes."""
        found: list[list[tuple[Any, ...]] | Exception] = []

        def look_up() -> None:
            try:
                found.append(self._resolve(place.host, place.port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                found.append(error)
            finally:
                self._looking_up.release()

        if not self._looking_up.acquire(timeout=max(0, deadline - time.monotonic())):
            raise Outage("Too many addresses are being looked up.")
        thread = threading.Thread(target=look_up, name="look-up", daemon=True)
        thread.start()
        thread.join(max(0, deadline - time.monotonic()))
        if not found:
            raise Outage(f"{place.host} could not be looked up in time.")
        if isinstance(found[0], Exception):
            raise Outage(f"{place.host} is not known.") from found[0]
        return found[0]

    def _open(self, place: Place, addresses: list[Address], deadline: float) -> socket.socket:
        """Connect to the first of the checked addresses that answers; https is checked against the host's name."""
        failure: OSError = TimeoutError()
        for to_try, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                connection = self._connect((str(address), place.port), timeout=time_left(deadline) / to_try)
            except OSError as error:
                failure = error
                continue
            if not place.secure:
                return connection
            try:
                connection.settimeout(time_left(deadline))
                return self._tls.wrap_socket(connection, server_hostname=place.host)
            except BaseException:
                connection.close()
                raise
        raise failure

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        context.set_alpn_protocols(["http/1.1"])
        return context


def _read(response: http.client.HTTPResponse, url: str, limit: int) -> Answer:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Outage("The answer came compressed, which was not asked for.")
    if (response.length or 0) > limit:
        raise Refused("The answer is larger than can be taken.")
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise Refused("The answer is larger than can be taken.")
    return Answer(status=response.status, headers=headers, body=bytes(body), url=url)


def _host_header(place: Place) -> str:
    return place.name.removesuffix(":443" if place.secure else ":80")


def _read_address(text: Any) -> Address:
    """Read what the look-up found; a zone stays, and is refused later."""
    return ip_address(str(text))
