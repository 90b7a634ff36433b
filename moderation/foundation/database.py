"""The one way to the database: short transactions on SQLite or PostgreSQL."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.postgresql import PATIENCE, postgresql
from moderation.foundation.replica import Replica
from moderation.foundation.sqlite import sqlite

T = TypeVar("T")

_TRIES = 3
_BETWEEN_TRIES = 0.1
# One page of 65,536 bytes, the largest that SQLite has, and its frame.
_EMPTY_LOG = 66_000


class Database:
    """An engine, and transactions on it.

    Args:
        url: SQLAlchemy's form, ``sqlite:////data/moderation.db`` or ``postgresql://user@host/name``.
        pool_size: connections at once; on SQLite, fewer are kept open.
        replica_url: a copy of a PostgreSQL database, for what everybody may read.
        patience: seconds for which a PostgreSQL that cannot be reached is tried again before anybody is told.

    Raises:
        Refused: when the address names another kind of database, or none in a file.
    """

    def __init__(self, url: str, *, pool_size: int = 32, replica_url: str = "", patience: float = PATIENCE) -> None:
        address = _address(url)
        self.url = address
        self.is_sqlite = address.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = sqlite(address, pool_size=pool_size)
        else:
            self.engine = postgresql(address, pool_size=pool_size, patience=patience)
        self._replica = _replica(address, replica_url, pool_size) if replica_url else None
        self._when_closed: list[Callable[[], None]] = []
        # How often this process has committed something: it shall see that at once, before any announcement.
        self.commits = 0
        self._counting = threading.Lock()
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
        self._count_commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads, on one snapshot of SQLite.

        Raises:
            Outage: when the database cannot be reached.
        """
        with _outages(), Session(self.engine, expire_on_commit=False, autoflush=False) as db:
            yield db

    @contextmanager
    def public(self) -> Iterator[Session]:
        """Open a transaction that only reads what everybody may, on one snapshot: of the copy, where there is one that
        holds all that was committed before, else of the database itself.

        Raises:
            Outage: when the database cannot be reached.
        """
        if self.is_sqlite:
            with self.reading() as db:
                yield db
            return
        with _outages(), ExitStack() as open_:
            engine: Engine = self.engine.execution_options(isolation_level="REPEATABLE READ")
            if self._replica:
                with self.engine.connect() as connection:
                    place = self._replica.place(connection)
                engine = self._replica.when_at(place) or engine
                open_.enter_context(self._replica.noticing(engine))
            yield open_.enter_context(Session(engine, expire_on_commit=False, autoflush=False))

    def write(self, work: Callable[[Session], T]) -> T:
        """Do a piece of work in a transaction, and again from the start if the connection or a lock was lost.

        Args:
            work: must end in the same state when it is done twice.

        Raises:
            Outage: when the last try fails too.
        """
        tries = 0
        while True:
            tries += 1
            try:
                with Session(self._writer, expire_on_commit=False) as db, self._turn, db.begin():
                    done = work(db)
                self._count_commit()
                return done
            except DBAPIError as error:
                may_help = not self.is_sqlite and (error.connection_invalidated or _is_collision(error))
                if not may_help or tries == _TRIES:
                    raise _outage(error) from error
            except PoolTimeoutError as error:
                raise _outage(error) from error
            # A server that shuts down may take a connection, and break it off again.
            time.sleep(_BETWEEN_TRIES * (1 + random.random()))  # noqa: S311

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

    def _count_commit(self) -> None:
        with self._counting:
            self.commits += 1

    @contextmanager
    def _side_connection(self) -> Iterator[sqlite3.Connection]:
        side = sqlite3.connect(str(self.url.database), isolation_level=None, timeout=1)
        try:
            side.execute("PRAGMA synchronous=FULL")
            side.execute("PRAGMA wal_autocheckpoint=0")
            yield side
        finally:
            side.close()

    def when_closed(self, do: Callable[[], None]) -> None:
        """Have something else given back together with the connections."""
        self._when_closed.append(do)

    def close(self) -> None:
        """Give all connections back."""
        for do in self._when_closed:
            do()
        self.engine.dispose()
        if self._replica:
            self._replica.close()


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Refused("The database address is none; use sqlite:/// or postgresql://.", field="database_url") from error
    kind = address.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise Refused(f"The database address names “{kind}”; use sqlite:/// or postgresql://.", field="database_url")
    if kind == "sqlite" and address.database in (None, "", ":memory:"):
        raise Refused("The database address names no file; use sqlite:///FILE.", field="database_url")
    return address.set(drivername="postgresql+psycopg") if kind == "postgresql" else address


def _replica(address: URL, replica_url: str, pool_size: int) -> Replica:
    replica = _address(replica_url)
    if "sqlite" in (address.get_backend_name(), replica.get_backend_name()):
        raise Refused("Only a PostgreSQL database has a copy that can be read.", field="replica_url")
    # Whoever finds it down asks the database itself, so nobody waits for it.
    return Replica(postgresql(replica, pool_size=pool_size, patience=0))


def _is_collision(error: DBAPIError) -> bool:
    # Serialization failure and deadlock: PostgreSQL undid the whole transaction and asks for another try.
    return getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def _outage(error: SQLAlchemyError) -> Exception:
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or isinstance(error, OperationalError | PoolTimeoutError):
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
