"""A connection that ends in time: however slowly the other side speaks, and however much it says."""

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, TypeVar

from moderation.foundation.reachable import Address

Result = TypeVar("Result")

# A host may have many addresses, and each that does not answer costs time.
_TRIED = 4


class Deadline:
    """The moment at which a whole call ends, whatever it is doing then.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: when there are none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long")
        return left


class Wire:
    """What http.client takes for a socket; its owner closes the socket itself.

    Args:
        allowance: bytes that may come in.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline, allowance: int) -> None:
        self.allowance = allowance
        self._socket = connected
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        """Send everything, in time."""
        rest = memoryview(data).cast("B")
        while rest:
            self._socket.settimeout(self._deadline.left())
            rest = rest[self._socket.send(rest) :]

    def receive(self, buffer: Any) -> int:
        """Wait for the next bytes, in time, and write them into a buffer."""
        self._socket.settimeout(self._deadline.left())
        count = self._socket.recv_into(buffer)
        self.allowance -= count
        if self.allowance < 0:
            raise OverflowError("the answer is too large")
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what comes in as a file."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Do nothing, because http.client closes before the answer has been read."""


class _Incoming(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(buffer)


def connect(addresses: tuple[Address, ...], port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first of these addresses that answers, and to nothing else.

    Raises:
        OSError: when none does in time.
    """
    tried = addresses[:_TRIED]
    failure: OSError | None = None
    for position, address in enumerate(tried):
        plain = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            plain.settimeout(deadline.left() / (len(tried) - position))
            plain.connect((str(address), port))
        except OSError as error:
            plain.close()
            failure = error
        else:
            return plain
    raise failure or OSError("no address")


def secure(plain: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """Begin TLS on a connection, and make sure that the certificate is the host's.

    Raises:
        OSError: when it is not (ssl.SSLCertVerificationError), or the other side fails or is too slow.
    """
    plain.settimeout(deadline.left())
    return context.wrap_socket(plain, server_hostname=host)


def in_time(work: Callable[[], Result], deadline: Deadline) -> Result:
    """Return what some work returns that cannot be told to hurry, such as asking for a host's address.

    Raises:
        TimeoutError: when it is not done in time; it then goes on unheard.
    """
    done: queue.SimpleQueue[Callable[[], Result]] = queue.SimpleQueue()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            done.put(partial(_fail, error))
        else:
            done.put(lambda: result)

    threading.Thread(target=run, name="in-time", daemon=True).start()
    try:
        outcome = done.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError("the call took too long") from None
    return outcome()


def _fail(error: BaseException) -> NoReturn:
    raise error
