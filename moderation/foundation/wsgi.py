"""Serves a WSGI application by Granian's worker: what is ready is sent at once, the rest worked on in threads."""

import asyncio
import io
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from granian._granian import CallbackScheduler, RSGIWorker, SocketHolder
from granian._signals import set_loop_signals
from granian.log import LogLevels, configure_logging

from moderation.foundation.threads import Threads

Answer = tuple[int, list[tuple[str, str]], bytes]
"""A status, the headers and the whole body."""

AtOnce = Callable[[str, str, str, Callable[[str], str | None]], Answer | None]
"""Returns what is ready, None when the request has to be worked on; it never waits.

It is given the method, the path and the query as WSGI has them, and what returns a header by its name in small letters.
"""

_LOG: Final[dict[str, Any]] = {"handlers": {}, "loggers": {"_granian": {"propagate": True}}}
_ENVIRONMENT: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
_NOT_PREFIXED: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
# What the types that Granian publishes do not tell, or tell wrongly.
_Scheduler: Final[Any] = CallbackScheduler
_Worker: Final[Any] = RSGIWorker
_Socket: Final[Any] = SocketHolder
_watch_signals: Final[Any] = set_loop_signals
_TOKIO_THREADS: Final = (1, 512)
# One, and it is never given up: a second would only have to hand the interpreter to and fro.
_TAKING_THREADS: Final = (1, 30)
# So long may a thread that works keep the interpreter from the one that takes requests; Python's own measure is 5 ms.
_SWITCH_SECONDS: Final = 0.001

_log = logging.getLogger(__name__)


def serve_wsgi(
    app: Callable[..., Iterable[bytes]], listener: socket.socket, *, at_once: AtOnce, threads: int, backlog: int
) -> None:
    """Answer requests in this process until SIGTERM or SIGINT, on a socket that is open already.

    One thread takes all requests, so that an answer that is ready costs no change of threads; it never waits for those
    that work on the others. The main thread's loop takes in bodies.

    Args:
        threads: for what has to be worked on.
        backlog: connections at once.
    """
    configure_logging(LogLevels.warning, _LOG, True)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    stop, stopped = _watch_signals(loop), asyncio.Event()
    stop.add_cb(partial(loop.call_soon_threadsafe, stopped.set))
    # A copy, since Granian closes what it is given.
    place, http1, tls = (None, _Socket(os.dup(listener.fileno()), False, backlog)), ("1", None, None), False
    worker = _Worker(1, place, None, *_TOKIO_THREADS, *_TAKING_THREADS, backlog, *http1, tls)
    # What is called with each request, in place of Granian's own way, which hands it to the loop.
    taker = _Scheduler(loop, None, None, None, None)
    taker._schedule_fn = partial(_take, app, at_once, Threads(threads), loop)
    worker.serve_mtr(taker, loop, stop)
    sys.setswitchinterval(_SWITCH_SECONDS)
    loop.run_until_complete(stopped.wait())


def _take(
    app: Callable[..., Iterable[bytes]],
    at_once: AtOnce,
    threads: Threads,
    loop: asyncio.AbstractEventLoop,
    request: Any,
) -> None:
    try:
        asked = request.scope
        headers = asked.headers
        answer = at_once(asked.method, _latin(asked.path), _latin(asked.query_string), headers.get)
        if answer is None:
            threads.do(partial(_work, app, loop, request.proto, asked, headers))
        else:
            request.proto.response_bytes(*answer)
    except Exception:
        _log.exception("a request could not be taken")
        request.done()


def _work(
    app: Callable[..., Iterable[bytes]], loop: asyncio.AbstractEventLoop, exchange: Any, asked: Any, headers: Any
) -> None:
    """Let the application answer."""
    status, told = 500, [("Content-Length", "0")]

    def start(line: str, given: list[tuple[str, str]], _problem: Any = None) -> None:
        nonlocal status, told
        status, told = int(line[:3]), given

    body = b""
    try:
        chunks = app(_environment(asked, headers, exchange, loop), start)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
    except Exception:
        _log.exception("a request could not be worked on")
        status, told, body = 500, [("Content-Length", "0")], b""
    exchange.response_bytes(status, told, body)


def _environment(asked: Any, headers: Any, exchange: Any, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Return a request as WSGI has it.

    Source: PEP 3333.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        # Written with underscores, it could stand in for another that a proxy of ours has set.
        if "_" not in name:
            key = name.upper().replace("-", "_")
            key = key if key in _NOT_PREFIXED else f"HTTP_{key}"
            found[key] = f"{found[key]}{'; ' if name == 'cookie' else ','}{value}" if key in found else value
    server, _, port = asked.server.rpartition(":")
    has_body = found.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in found
    return {
        **_ENVIRONMENT,
        **found,
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": _latin(asked.path),
        "QUERY_STRING": _latin(asked.query_string),
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{asked.http_version}",
        "REMOTE_ADDR": asked.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": asked.scheme,
        "wsgi.input": io.BufferedReader(_Body(exchange, loop)) if has_body else io.BytesIO(),
    }


def _latin(text: str) -> str:
    # WSGI hands bytes over as if they were Latin-1.
    return text if text.isascii() else text.encode().decode("latin-1")


class _Body(io.RawIOBase):
    """A body on its way: the loop takes it in while a thread waits. One that breaks off just ends."""

    def __init__(self, exchange: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._chunks = aiter(exchange)
        self._loop = loop
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    async def _next(self) -> bytes:
        return bytes(await anext(self._chunks, b""))
