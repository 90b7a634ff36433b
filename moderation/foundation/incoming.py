"""The body of a request that Granian takes in: soon there as a rule where it is short, else waited for by a thread."""

import io
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from granian._granian import RSGIProtocolClosed

# A comment is hardly ever longer; its body comes together with the headers, or right after them.
_SHORT: Final = 16 * 1024


def is_short(length: str | None) -> bool:
    """Tell whether a body of a length, from a stranger, is worth waiting for without a thread."""
    return length is not None and length.isdigit() and 0 < int(length) <= _SHORT


def when_there(body: Any, call: Callable[[Any], None]) -> None:
    """Have somebody called with a body, or a piece of one, as soon as it has come in."""
    body.add_done_callback(call, context=None)


def there(body: Any) -> BinaryIO:
    """Return a body that has come in whole."""
    return io.BytesIO(_bytes(body))


def on_its_way(exchange: Any) -> BinaryIO:
    """Return a body that its thread waits for."""
    return io.BufferedReader(_Body(exchange))


def _bytes(body: Any) -> bytes:
    """Return what has come in; of a body that broke off, nothing."""
    try:
        return bytes(body.result())
    except RSGIProtocolClosed:
        return b""


class _Body(io.RawIOBase):
    """A body on its way. One that breaks off just ends."""

    def __init__(self, exchange: Any) -> None:
        self._chunks = aiter(exchange)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._next()
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _next(self) -> bytes:
        try:
            chunk = self._chunks.__anext__()
        except StopAsyncIteration:
            return b""
        come = threading.Event()
        when_there(chunk, lambda _chunk: come.set())
        come.wait()
        return _bytes(chunk)
