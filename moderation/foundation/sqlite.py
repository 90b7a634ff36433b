"""How we connect to SQLite: what is set on each connection, and how many are kept."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from moderation.foundation.prepared import run

# Libraries up to 3.51.2 may lose commits when two connections checkpoint the WAL while a third commits; two older lines
# got the correction too. Source: https://sqlite.org/wal.html, “The WAL-Reset Bug”.
_WAL_RESET_FIXED: Final = (3, 51, 3)
_WAL_RESET_FIXED_TOO: Final = ((3, 44, 6), (3, 50, 7))
_BUSY_SECONDS: Final = 20
# A warm connection holds 0.7 MB (schema, statements, pages); what a crowd needs beyond these is closed after use.
_WARM: Final = 4
# Statements that each of them has at hand, more than readers and writers need: 8 KB each.
_AT_HAND: Final = 48
# Statements that SQLAlchemy has at hand, half as many again before the oldest go: 60 KB each. Reading, writing and
# signing in need 29; the others are the moderators'.
_COMPILED: Final = 64


def sqlite(address: URL, *, pool_size: int) -> Engine:
    """Return an engine for a file, which is made for its owner's eyes only if it is not there.

    Args:
        pool_size: connections at once; fewer are kept open.
    """
    _create_privately(Path(str(address.database)))
    warm = min(pool_size, _WARM)
    engine = create_engine(
        address,
        connect_args={"isolation_level": None, "timeout": _BUSY_SECONDS, "cached_statements": _AT_HAND},
        query_cache_size=_COMPILED,
        pool_size=warm,
        max_overflow=pool_size - warm,
        # The one that was used last is the next one, so that there are no more of them than are needed at once.
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", begin)
    return engine


def checkpoints_itself(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether a version of SQLite, by default the one here, may be left to checkpoint its own log."""
    fixed_too = any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_RESET_FIXED_TOO)
    return version >= _WAL_RESET_FIXED or fixed_too


def begin(connection: Connection) -> None:
    """Begin a transaction as what it is: one that reads begun for writing would keep others waiting."""
    writes = connection.get_execution_options().get("writes", False)
    run(connection, "BEGIN IMMEDIATE" if writes else "BEGIN").close()


def _create_privately(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    settings = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"]
    # The system keeps the file's pages in memory anyway; 2 MB for each of 32 connections would be spent twice.
    settings += ["mmap_size=0", "cache_size=-256", "secure_delete=ON", "trusted_schema=OFF"]
    if not checkpoints_itself():
        settings.append("wal_autocheckpoint=0")
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").close()
