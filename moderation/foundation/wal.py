"""Keeps SQLite's write-ahead log short, and free of what was erased; on PostgreSQL there is nothing to keep."""

from pathlib import Path
from typing import Final

from moderation.foundation.database import Database

_SMALL: Final = 1 << 20


class WalKeeper:
    """Looks at the log of a database, and does something only when it was written to since."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = Path(f"{database.url.database}-wal")
        self._moved = 0
        self._emptied = 0

    def move(self) -> None:
        """Move a log that has grown into the database file."""
        # Its file stays large when it is used again from its beginning, so its size alone does not tell.
        written = self._written()
        if written not in (0, self._moved) and self._log.stat().st_size > _SMALL:
            self._database.checkpoint()
            self._moved = written

    def empty(self) -> None:
        """Let what was erased be gone from the log too, unless somebody reads an older state."""
        if self._written() not in (0, self._emptied) and self._database.empty_log():
            self._emptied = self._written()

    def _written(self) -> int:
        """Return when the log was last written to, 0 where there is none."""
        is_there = self._database.is_sqlite and self._log.is_file()
        return self._log.stat().st_mtime_ns if is_there else 0
