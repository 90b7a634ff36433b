"""The one way to the database: short transactions on SQLite or PostgreSQL."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.foundation.errors import Outage, Refused

T = TypeVar("T")

# Libraries up to 3.51.2 may lose commits when two connections checkpoint the WAL while a third commits; two older lines
# got the correction too. Source: https://sqlite.org/wal.html, “The WAL-Reset Bug”.
_WAL_RESET_FIXED = (3, 51, 3)
_WAL_RESET_FIXED_TOO = ((3, 44, 6), (3, 50, 7))
_BUSY_SECONDS = 20
# One page of 65,536 bytes, the largest that SQLite has, and its frame.
_EMPTY_LOG = 66_000


class Database:
    """An engine, and transactions on it.

    Args:
        url: SQLAlchemy's form, ``sqlite:////data/moderation.db`` or ``postgresql://user@host/name``.
        pool_size: connections kept open.

    Raises:
        Refused: when the address names another kind of database, or none in a file.
    """

    def __init__(self, url: str, *, pool_size: int = 32) -> None:
        address = _address(url)
        self.url = address
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _create_privately(Path(str(address.database)))
            arguments: dict[str, Any] = {"isolation_level": None, "timeout": _BUSY_SECONDS}
            self.engine = create_engine(address, connect_args=arguments, pool_size=pool_size, max_overflow=0)
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(address, pool_size=pool_size, max_overflow=0, pool_pre_ping=True)
        self._writer = self.engine.execution_options(writes=True)
        # SQLite has one writer; waiting threads of this process queue here instead of polling the file.
        self._turn = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction that writes: committed at the end, rolled back on any error.

        Raises:
            Outage: when the database cannot be reached, is full, or stays locked.
        """
        with self._turn, _outages(), Session(self._writer, expire_on_commit=False) as db, db.begin():
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads, on one snapshot of SQLite.

        Raises:
            Outage: when the database cannot be reached.
        """
        with _outages(), Session(self.engine, expire_on_commit=False, autoflush=False) as db:
            yield db

    def write(self, work: Callable[[Session], T]) -> T:
        """Do a piece of work in a transaction, once more from the start if the connection or a lock was lost.

        Args:
            work: must end in the same state when it is done twice.

        Raises:
            Outage: when the second try fails too.
        """
        try:
            with Session(self._writer, expire_on_commit=False) as db, self._turn, db.begin():
                return work(db)
        except DBAPIError as error:
            if self.is_sqlite or not (error.connection_invalidated or _is_collision(error)):
                raise _outage(error) from error
        with self.transaction() as db:
            return work(db)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file, safely on every SQLite; nothing to do elsewhere."""
        if not self.is_sqlite:
            return
        with self._turn, self._writer.connect() as writer, writer.begin(), self._side_connection() as side:
            # No one can commit now: the writer's lock is ours.
            writer.execute(text("SELECT 1"))
            side.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def empty_log(self) -> bool:
        """Leave nothing in the write-ahead log of what was deleted or changed; nothing to do elsewhere.

        Returns:
            whether it is so; not while somebody reads an older state, or when somebody wrote in between.
        """
        if not self.is_sqlite:
            return True
        self.checkpoint()
        with self._turn, self._side_connection() as side:
            # Whoever writes into a log that is in the file completely begins it anew, and we cut off what stood behind.
            side.execute("PRAGMA journal_size_limit=0")
            side.execute("BEGIN IMMEDIATE")
            side.execute(f"PRAGMA user_version={side.execute('PRAGMA user_version').fetchone()[0]}")
            side.execute("COMMIT")
        return self.log_size() < _EMPTY_LOG

    def log_size(self) -> int:
        """Return how many bytes SQLite's write-ahead log has; 0 elsewhere."""
        log = Path(f"{self.url.database}-wal")
        return log.stat().st_size if self.is_sqlite and log.is_file() else 0

    @contextmanager
    def _side_connection(self) -> Iterator[sqlite3.Connection]:
        side = sqlite3.connect(str(self.url.database), isolation_level=None, timeout=1)
        try:
            side.execute("PRAGMA synchronous=FULL")
            side.execute("PRAGMA wal_autocheckpoint=0")
            yield side
        finally:
            side.close()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def checkpoints_itself(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether a version of SQLite, by default the one here, may be left to checkpoint its own log."""
    fixed_too = any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_RESET_FIXED_TOO)
    return version >= _WAL_RESET_FIXED or fixed_too


def _address(url: str) -> URL:
    address = make_url(url)
    kind = address.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise Refused(f"The database address names “{kind}”; use sqlite:/// or postgresql://.", field="database_url")
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise Refused("The database address names no file; use sqlite:///FILE.", field="database_url")
    return address.set(drivername="postgresql+psycopg") if kind == "postgresql" else address


def _create_privately(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    settings = ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"]
    # The system keeps the file's pages in memory anyway; 2 MB for each of 32 connections would be spent twice.
    settings += ["mmap_size=0", "cache_size=-512", "secure_delete=ON", "trusted_schema=OFF"]
    if not checkpoints_itself():
        settings.append("wal_autocheckpoint=0")
    for setting in settings:
        connection.execute(f"PRAGMA {setting}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_collision(error: DBAPIError) -> bool:
    # Serialization failure and deadlock: PostgreSQL undid the whole transaction and asks for another try.
    return getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def _outage(error: SQLAlchemyError) -> Exception:
    if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Outage("The comments cannot be reached at the moment. Nothing is lost; please try again shortly.")
    return error


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        outage = _outage(error)
        if outage is error:
            raise
        raise outage from error
