"""A copy of a PostgreSQL database that only takes reads, and is asked only when it holds all that was committed before.

Source: PostgreSQL documentation, chapter "Hot Standby", and "Backup Control Functions" (positions in the log).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# A copy nearby follows within milliseconds; longer than this, asking the database itself is quicker.
_WAIT: Final = 0.1
_BETWEEN_LOOKS: Final = 0.005
# A copy that is down or far behind is left in peace for this long.
_PAUSE: Final = 5.0

_log = logging.getLogger(__name__)


class Replica:
    """A copy that follows its primary.

    What was withdrawn must not come back by way of a copy that does not know it yet. So the primary's position in its
    log is taken first, and the copy is used only once it has replayed that much.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._down_until = 0.0

    @staticmethod
    def place(primary: Connection) -> str:
        """Return where the primary's log ends; everything committed stands before it.

        With ``synchronous_commit = off`` that would not be so.
        """
        return str(primary.scalar(text("SELECT pg_current_wal_flush_lsn()::text")))

    def when_at(self, place: str) -> Engine | None:
        """Return the copy once it has replayed the log up to a place; None when it is down, or too far behind."""
        if time.monotonic() < self._down_until:
            return None
        deadline = time.monotonic() + _WAIT
        try:
            while not self._has_reached(place):
                if time.monotonic() >= deadline:
                    self._leave("it is behind")
                    return None
                time.sleep(_BETWEEN_LOOKS)
        except SQLAlchemyError as error:
            self._leave(type(error).__name__)
            return None
        return self._engine

    @contextmanager
    def noticing(self, engine: Engine) -> Iterator[None]:
        """Leave the copy in peace for a while when it breaks off what is read from it."""
        try:
            yield
        except SQLAlchemyError as error:
            if engine is self._engine:
                self._leave(type(error).__name__)
            raise

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _has_reached(self, place: str) -> bool:
        # A copy that was promoted replays nothing any more, and is no copy either.
        query = text("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:place AS pg_lsn)")
        with self._engine.connect() as copy:
            return bool(copy.scalar(query, {"place": place}))

    def _leave(self, problem: str) -> None:
        self._down_until = time.monotonic() + _PAUSE
        _log.warning("the copy is not read for a while", extra={"problem": problem})
