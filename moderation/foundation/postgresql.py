"""Connects to PostgreSQL: quick to notice that a server is gone, and patient while one starts again."""

import math
import random
import select
import time
from functools import partial
from typing import Any, Final

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError

# A server that restarts is back within seconds; until then nobody need be told.
PATIENCE: Final = 3.0
_BETWEEN_TRIES: Final = 0.1
_POOL_SECONDS: Final = 10
# Within this time no firewall forgets a connection.
_FRESH: Final = 10.0
_USED_AT: Final = "used at"
# A machine that is gone without a word is noticed in seconds, not by the system's patience of minutes.
_CONNECTING: Final = {"connect_timeout": 5, "keepalives_idle": 30, "tcp_user_timeout": 15_000}


def postgresql(address: URL, *, pool_size: int, patience: float) -> Engine:
    """Return an engine.

    Args:
        address: what it says of a connection wins over what is set here.
        patience: seconds for which a server that cannot be reached is tried again before anybody is told.
    """
    arguments = {name: value for name, value in _CONNECTING.items() if name not in address.query}
    engine = create_engine(
        address,
        connect_args={"application_name": "moderation", **arguments},
        pool_size=pool_size,
        max_overflow=0,
        # The connection that was used last is used next: it has prepared the usual statements.
        pool_use_lifo=True,
        pool_timeout=_POOL_SECONDS,
    )
    event.listen(engine, "do_connect", _Patient(patience).connect)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_make_sure, engine.dialect))
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED_AT] = time.monotonic()


def _make_sure(dialect: Dialect, connection: Any, record: Any, _proxy: object) -> None:
    """Make sure that a connection is still there, before anybody relies on it.

    A server that ends says so, and a system whose process dies says it for it: where a connection was in use a moment
    ago and nothing has come since, it is there. Else the server is asked, which takes as long as a statement.

    Raises:
        InvalidatePoolError: it is not; the pool then forgets all that it had, and opens another.
    """
    try:
        if time.monotonic() > record.info.get(_USED_AT, -math.inf) + _FRESH or _has_something_come(connection):
            dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _has_something_come(connection: Any) -> bool:
    socket = select.poll()
    socket.register(connection.pgconn.socket, select.POLLIN)
    return bool(socket.poll(0))


class _Patient:
    """Opens connections, and tries again for a while where there is no server.

    The time counts from the first failure, whoever met it, so that in a long outage nobody waits but at its beginning.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._down_since: float | None = None

    def connect(self, dialect: Any, _record: object, arguments: list[Any], named: dict[str, Any]) -> Any:
        while True:
            try:
                connection = dialect.connect(*arguments, **named)
            except dialect.loaded_dbapi.OperationalError:
                now = time.monotonic()
                self._down_since = now if self._down_since is None else self._down_since
                if now >= self._down_since + self._patience:
                    raise
                time.sleep(_BETWEEN_TRIES * (1 + random.random()))  # noqa: S311
            else:
                self._down_since = None
                return connection
