"""Serves a WSGI application by Granian's worker: what is ready is sent at once, the rest worked on in threads."""

import asyncio
import io
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, BinaryIO, Final

from granian._granian import CallbackScheduler, RSGIWorker, SocketHolder
from granian._signals import set_loop_signals
from granian.log import LogLevels, configure_logging

from moderation.foundation.incoming import is_short, on_its_way, there, when_there
from moderation.foundation.memory import give_back
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
# Stands for a header that Granian does not hand over, since it holds other characters than ASCII: it was sent, and
# whoever needs it must not take it for missing.
_UNREADABLE: Final = "\xff"
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
    that work on the others, nor for a body.

    Args:
        threads: for what has to be worked on; as many short bodies may be on their way without one.
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
    taker._schedule_fn = _Taker(app, at_once, threads)
    worker.serve_mtr(taker, _Caller(), stop)
    sys.setswitchinterval(_SWITCH_SECONDS)
    loop.run_until_complete(stopped.wait())


class _Taker:
    """Takes every request, in Granian's one thread: sends what is ready, and hands the rest on to threads.

    A short body is there as a rule, or will be soon: its request is handed on with it, and no thread waits.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], at_once: AtOnce, threads: int) -> None:
        self._app = app
        self._at_once = at_once
        self._threads = Threads(threads, at_rest=give_back)
        self._most_bodies = threads
        self._bodies = 0

    def __call__(self, request: Any) -> None:
        try:
            asked, exchange = request.scope, request.proto
            header = asked.headers.get
            answer = self._at_once(asked.method, _latin(asked.path), _latin(asked.query_string), header)
            if answer is not None:
                exchange.response_bytes(*answer)
            elif is_short(header("content-length")) and self._bodies < self._most_bodies:
                body = exchange()
                self._bodies += 1
                when_there(body, partial(self._body_is_there, request))
            else:
                self._hand_on(request, partial(on_its_way, exchange))
        except Exception:
            _log.exception("a request could not be taken")
            request.done()

    def _body_is_there(self, request: Any, body: Any) -> None:
        self._bodies -= 1
        self._hand_on(request, partial(there, body))

    def _hand_on(self, request: Any, body: Callable[[], BinaryIO]) -> None:
        try:
            self._threads.do(partial(_work, self._app, request, body))
        except RuntimeError:
            _log.exception("there is no thread for a request")
            request.done()


class _Caller:
    """Stands where Granian expects a loop: all that it asks of one is to call somebody once there is more of a body.

    It asks so later, from another thread, or at once, where it is there already.
    """

    def call_soon_threadsafe(self, call: Callable[..., None], *values: Any, context: None = None) -> None:
        del context
        call(*values)

    call_soon = call_soon_threadsafe


def _work(app: Callable[..., Iterable[bytes]], request: Any, body: Callable[[], BinaryIO]) -> None:
    """Let the application answer."""
    status, told = 500, [("Content-Length", "0")]

    def start(line: str, given: list[tuple[str, str]], _problem: Any = None) -> None:
        nonlocal status, told
        status, told = int(line[:3]), given

    answer = b""
    try:
        chunks = app(_environment(request.scope, body), start)
        try:
            answer = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
    except Exception:
        _log.exception("a request could not be worked on")
        status, told, answer = 500, [("Content-Length", "0")], b""
    request.proto.response_bytes(status, told, answer)


def _environment(asked: Any, body: Callable[[], BinaryIO]) -> dict[str, Any]:
    """Return a request as WSGI has it.

    Source: PEP 3333.
    """
    found: dict[str, str] = {}
    headers = asked.headers
    for name, value in headers.items():
        key = _variable(name)
        found[key] = f"{found[key]}{'; ' if name == 'cookie' else ','}{value}" if key in found else value
    for name in headers.keys():  # noqa: SIM118
        found.setdefault(_variable(name), _UNREADABLE)
    # Written with underscores, it could stand in for another that a proxy of ours has set.
    found.pop("", None)
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
        "wsgi.input": body() if has_body else io.BytesIO(),
    }


def _variable(name: str) -> str:
    """Return what WSGI calls a header; nothing for one that is not handed on."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in _NOT_PREFIXED else f"HTTP_{key}"


def _latin(text: str) -> str:
    # WSGI hands bytes over as if they were Latin-1.
    return text if text.isascii() else text.encode().decode("latin-1")
