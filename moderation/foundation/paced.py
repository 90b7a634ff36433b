"""A connection that ends at its deadline and after so many bytes, however slowly or finely they come."""

import io
import socket
import time
from typing import Any

from moderation.foundation.errors import Refused


class Paced(io.RawIOBase):
    """What the standard library's web client takes for a socket.

    A time-out of a real socket begins anew with every byte; here, what is left until the deadline is.

    Args:
        deadline: in monotonic seconds.
        limit: bytes that may come in, all told.
    """

    def __init__(self, connection: socket.socket, deadline: float, limit: int) -> None:
        super().__init__()
        self._connection, self._deadline, self._left = connection, deadline, limit

    def sendall(self, data: Any) -> None:
        self._connection.settimeout(time_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(time_left(self._deadline))
        count = self._connection.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise Refused("The answer is larger than can be taken.")
        return count

    def close(self) -> None:
        """Do nothing: the client closes before the answer is read; the connection is closed by who opened it."""


def time_left(deadline: float) -> float:
    """Return the seconds until the deadline.

    Raises:
        TimeoutError: when it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
