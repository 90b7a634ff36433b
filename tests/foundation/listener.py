"""A server on this machine that counts who comes, and answers whatever a test wants."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

import requests

Answering = Callable[[socket.socket], None]
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\ninternal"
_MARK = b"mark"


class Listener:
    """A server on 127.0.0.1.

    Args:
        answer: bytes, or what to do with a connection once its request has been read.
        tls: to speak TLS.
        early: answer before a request, and before TLS, has come.
    """

    def __init__(
        self,
        answer: bytes | Answering = PLAIN,
        *,
        tls: ssl.SSLContext | None = None,
        early: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._answer, self._tls, self._early = answer, tls, early
        self._came = threading.Semaphore(0)
        self._visits = 0
        self._server = socket.create_server((host, port))
        self.host, self.port = self._server.getsockname()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    def visits(self) -> int:
        """Return how many connections came so far; they are accepted in order, so one of our own is the mark."""
        with socket.create_connection((self.host, self.port)) as mark:
            mark.sendall(_MARK)
            assert self._came.acquire(timeout=30)
        return self._visits

    def drip(self, connection: socket.socket, data: Iterable[int]) -> None:
        """Send one byte after the other, slowly."""
        for byte in data:
            if self.closing.wait(0.05):
                return
            connection.sendall(bytes([byte]))

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.settimeout(30)
            try:
                marked = not self._early and connection.recv(len(_MARK), socket.MSG_PEEK) == _MARK
            except OSError:
                marked = False
            if marked:
                connection.close()
                self._came.release()
                continue
            self._visits += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._early:
                self._reply(connection)
            elif self._tls is None:
                self._converse(connection)
            else:
                with self._tls.wrap_socket(connection, server_side=True) as encrypted:
                    self._converse(encrypted)

    def _converse(self, connection: socket.socket) -> None:
        self.requests.append(read_request(connection))
        self._reply(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    def _reply(self, connection: socket.socket) -> None:
        if isinstance(self._answer, bytes):
            connection.sendall(self._answer)
        else:
            self._answer(connection)


def read_request(connection: socket.socket) -> bytes:
    """Return a request, with its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    while len(body) < int(length.partition(b":")[2]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def endless(start: bytes, again: bytes) -> Answering:
    """Answer without end; the other side has to stop it."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        block = again * (65536 // len(again) + 1)
        while True:
            connection.sendall(block)

    return answer


def names(places: dict[str, list[str]]) -> Callable[..., list[tuple[Any, ...]]]:
    """Return what stands in for a name server: these names have these addresses, addresses stand for themselves."""

    def resolve(host: str, port: int, **given: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for address in places.get(host, [host]):
            found += socket.getaddrinfo(address, port, flags=socket.AI_NUMERICHOST, **given)
        return found

    return resolve


def plain_get(url: str, **given: Any) -> requests.Response:
    """Call an address as a plain client does, the control of what the guarded one refuses."""
    with requests.Session() as plain:
        plain.trust_env = False
        return plain.get(url, **{"timeout": 30, **given})
