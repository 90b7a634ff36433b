"""The doorbell: wakes the worker when a notice was written. A lost ring costs seconds; the notice itself is a row."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy.engine import make_url

from moderation.foundation.secret_key import read_secret
from moderation.foundation.tokens import Keys
from moderation.settings import Settings

_NAME = "moderation"
_TASK = "moderation.ring"
_SCHEMA = "doorbell"
_POLL_SECONDS = 0.3
_QUIET_SECONDS = 60.0
_STOP_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Doorbell:
    """A bell between processes: any process rings, the worker hears.

    It hangs in Redis where there is one, else in PostgreSQL where that is the database, else in a SQLite file of its
    own.

    Rings are signed with the installation's secret; others are not listened to.

    Raises:
        Refused: when there is no usable secret.
    """

    def __init__(self, settings: Settings) -> None:
        self._redis_url = settings.redis_url
        database = make_url(settings.database)
        shared = database.get_backend_name() == "postgresql"
        self._postgresql = (
            database.set(drivername="postgresql").render_as_string(hide_password=False) if shared else None
        )
        self._file = settings.data / "huey.db"
        self._key = Keys(read_secret(settings.secret, settings.data)).key("doorbell").hex()
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._ringer: threading.Thread | None = None

    def ring(self) -> None:
        """Wake the worker; never fails and never waits: a thread of its own does what may take time."""
        self._wanted.set()
        if self._ringer is None:
            with self._lock:
                if self._ringer is None:
                    self._ringer = threading.Thread(target=self._run, name="doorbell", daemon=True)
                    self._ringer.start()

    def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
        """Begin to listen, in a thread; return what ends it.

        Args:
            heard: called for every ring.
        """
        # First, since whatever of Huey is loaded first decides what comes along.
        huey = self._huey()
        from huey.consumer import Consumer

        @huey.task(name=_TASK)  # type: ignore[untyped-decorator]
        def ring() -> None:
            heard()

        ears = Consumer(huey, workers=1, periodic=False, initial_delay=0.05, backoff=1.3, max_delay=_POLL_SECONDS)
        # Not its clock, nor its ways with signals: what is due must be found without Redis too.
        ((_, thread),) = ears.worker_threads
        thread.start()

        def stop() -> None:
            ears.stop_flag.set()
            thread.join(_STOP_SECONDS)

        return stop

    def _run(self) -> None:
        ring: Callable[[], Any] | None = None
        huey: Any = None
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                if ring is None:
                    huey = self._huey()
                    ring = huey.task(name=_TASK)(_nothing)
                # A ring that is still in the queue will be heard after this moment: one is enough.
                if huey.storage.queue_size() == 0:
                    ring()
            except Exception as error:
                ring = None
                _log.warning("the doorbell is out of order", extra={"error": type(error).__name__})

    def _huey(self) -> Any:
        # Huey brings the clients of Redis and PostgreSQL along where they are installed: 16 MB, if nobody needs them.
        unused = {"redis": self._redis_url, "psycopg": self._postgresql}
        with _missing(*(name for name, address in unused.items() if not address)):
            from huey import PostgresHuey, RedisHuey, SqliteHuey
            from huey.serializer import SignedSerializer

        common = {"results": False, "serializer": SignedSerializer(secret=self._key, salt=_TASK)}
        if self._redis_url:
            timeouts = {"socket_timeout": 5, "socket_connect_timeout": 2}
            return RedisHuey(_NAME, connection_pool=_redis_pool(self._redis_url, timeouts), **common)
        if self._postgresql:
            return PostgresHuey(_NAME, connection=partial(_beside, self._postgresql), **common)
        os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
        # Not written through to the disk: a ring need not survive a power cut.
        return SqliteHuey(_NAME, filename=str(self._file), fsync=False, journal_mode="truncate", **common)


@contextmanager
def _missing(*names: str) -> Iterator[None]:
    """Let an import find libraries missing that it can do without; those that are loaded already stay."""
    hidden = [name for name in names if name not in sys.modules]
    # None stands for a module that cannot be imported.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def quieten_huey() -> None:
    """Let Huey's log say each thing once a minute: it polls, and would repeat an outage several times a second."""
    logging.getLogger("huey.consumer").setLevel(logging.WARNING)
    logging.getLogger("huey.consumer.Worker").addFilter(_Seldom())


class _Seldom(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        last = self._last.get(str(record.msg))
        if last is not None and record.created - last < _QUIET_SECONDS:
            return False
        self._last[str(record.msg)] = record.created
        return True


def _redis_pool(url: str, timeouts: dict[str, int]) -> Any:
    from redis import ConnectionPool  # an extra: only where a Redis is used

    return ConnectionPool.from_url(url, **timeouts)


def _beside(address: str) -> Any:
    """Connect to PostgreSQL so that Huey's tables stand in a schema of their own, beside ours."""
    from psycopg import connect  # an extra: only where PostgreSQL is used

    connection = connect(address, autocommit=True, connect_timeout=5, application_name="moderation doorbell")
    try:
        if not connection.execute("SELECT to_regnamespace(%s)", (_SCHEMA,)).fetchone()[0]:  # type: ignore[index]
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
        connection.execute(f"SET search_path TO {_SCHEMA}")
        # A ring need not survive a power cut, and nobody waits for the disk.
        connection.execute("SET synchronous_commit TO off")
    except BaseException:
        connection.close()
        raise
    return connection


def _nothing() -> None:
    """Stand for the task in a process that only rings."""
