"""Takes a request's body in whole before anything works on it, and lets slow senders hold a part of the threads only.

A thread that reads a body waits for its sender. Behind the shipped nginx bodies arrive whole; without a proxy a few
dozen senders that never finish would otherwise hold every thread, and readers with them.
"""

import json
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_RETRY_SECONDS: Final = 2
_BROKEN_OFF: Final = "What you sent broke off on its way. Nothing was done; please send it again."
_SLOW: Final = "Too many are sending slowly at the moment. Nothing you wrote is lost; please try again shortly."


class WholeBodies:
    """WSGI middleware.

    Args:
        slots: how many bodies may be on their way at once; whoever comes then is told to come again.
        limit: bytes; of a longer body nothing is read, and the application refuses it.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], *, slots: int, limit: int) -> None:
        self._app = app
        self._slots = threading.BoundedSemaphore(slots)
        self._limit = limit

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        given = environ.get("CONTENT_LENGTH") or "0"
        length = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else 0
        if not 0 < length <= self._limit:
            return self._app(environ, start_response)
        if not self._slots.acquire(blocking=False):
            return _refuse(start_response, "503 Service Unavailable", "Not available", _SLOW)
        try:
            body = environ["wsgi.input"].read(length)
        finally:
            self._slots.release()
        if len(body) != length:
            # Half a text must not be taken for the whole.
            return _refuse(start_response, "400 Bad Request", "Bad request", _BROKEN_OFF)
        environ["wsgi.input"] = BytesIO(body)
        return self._app(environ, start_response)


def _refuse(start_response: "StartResponse", status: str, title: str, detail: str) -> Iterable[bytes]:
    problem = {"type": "about:blank", "title": title, "status": int(status[:3]), "detail": detail}
    body = json.dumps(problem).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(_RETRY_SECONDS)),
        ("X-Content-Type-Options", "nosniff"),
        # The component must be able to read why, on whatever blog it stands.
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Retry-After"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
    start_response(status, headers)
    return [body]
