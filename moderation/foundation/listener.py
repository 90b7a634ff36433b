"""Hears what PostgreSQL announces (LISTEN/NOTIFY), and knows when it may have missed something.

Source: PostgreSQL documentation, NOTIFY: announcements come after the commit, in the order of commits.
"""

import logging
import threading
import time
from typing import Any, Final

# Within this time at least, the server is asked whether it is still there.
_SILENCE: Final = 0.5
# Without an answer for this long, what was announced may not have come. A reader then sees a change within two seconds.
_TRUST: Final = 1.5
_BETWEEN_TRIES: Final = 0.5

_log = logging.getLogger(__name__)


class Listener:
    """A connection of this process that listens on one channel, in a thread that begins when somebody first asks.

    Args:
        address: libpq's form, ``postgresql://user@host/name``; straight to the server, since a pool between them that
            hands connections out by transaction lets nobody listen.
        channel: a plain lower-case word.
    """

    def __init__(self, address: str, channel: str) -> None:
        self._address = address
        self._channel = channel
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._sure_at = -1e9
        self.heard = 0

    def may_have_missed(self) -> bool:
        """Tell whether something may have been announced that was not heard."""
        if self._thread is None:
            self._begin()
        return time.monotonic() > self._sure_at + _TRUST

    def close(self) -> None:
        """Stop listening; whoever asks again begins anew."""
        with self._lock:
            self._closed.set()
            self._thread = None
            self._sure_at = -1e9

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._closed = threading.Event()
                self._thread = threading.Thread(target=self._run, args=(self._closed,), name="listener", daemon=True)
                self._thread.start()

    def _run(self, closed: threading.Event) -> None:
        import psycopg  # an extra: only where PostgreSQL is used

        quiet = False
        while not closed.is_set():
            try:
                self._listen(closed)
            except psycopg.Error as error:
                if not quiet and not closed.is_set():
                    _log.warning("announcements are not heard", extra={"error": type(error).__name__})
                quiet = True
            else:
                quiet = False
            closed.wait(_BETWEEN_TRIES)

    def _listen(self, closed: threading.Event) -> None:
        from psycopg import connect  # likewise

        patience: dict[str, Any] = {"connect_timeout": 5, "keepalives_idle": 5, "tcp_user_timeout": 5000}
        with connect(self._address, autocommit=True, application_name="moderation listener", **patience) as connection:
            connection.execute(f'LISTEN "{self._channel}"')
            # What was announced before is not known.
            self.heard += 1
            while not closed.is_set():
                asked_at = time.monotonic()
                connection.execute("SELECT 1")
                self._sure_at = asked_at
                for _ in connection.notifies(timeout=_SILENCE):
                    self.heard += 1
