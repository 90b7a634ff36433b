"""Keeps anybody from sending more than a person would, counted by person, by network and by site."""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from limits import RateLimitItem
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from moderation.foundation.errors import Refused, TooMany
from moderation.foundation.rates import read_rate

_LOG: Final = logging.getLogger(__name__)
# A storage that is down is asked again after this long; until then each process counts for itself.
_PAUSE: Final = 5.0
# Redis answers in a millisecond; nobody's comment waits longer than this for one that does not.
_PATIENCE: Final = 0.25

T = TypeVar("T")


class Throttle:
    """The limits of one installation.

    Ask ``test`` before the work, or better hold a ``turn`` during it, and count with ``hit`` once it is done: what was
    refused or repeated is not counted. ``take`` does both at once. A storage that is down never fails a request: until
    it is back, each process counts for itself.

    Args:
        storage_url: ``memory://``, or ``redis://host:6379/0`` where several processes share their counters.
        rates: how many of each kind, such as ``{"guest": "6/minute;60/hour"}``; a kind without a rate has no limit.
        enabled: False for a trial without limits.
        clock: monotonic seconds, to leave a storage that is down in peace.

    Raises:
        Refused: when the storage cannot be understood.
        ValueError: when a rate cannot; the settings told their owner before.
    """

    def __init__(
        self,
        storage_url: str,
        rates: Mapping[str, str],
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = {kind: read_rate(rate) for kind, rate in rates.items()} if enabled else {}
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = None if storage_url.startswith("memory:") else _connect(storage_url)
        self._clock = clock
        self._down_until = -math.inf
        self._under_way: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def test(self, kind: str, *who: str) -> None:
        """Refuse when a limit is reached; counts nothing.

        Args:
            who: an id, or a hash; never an address itself.

        Raises:
            TooMany: with the seconds after which it works again.
        """
        for rate in self._rates.get(kind, ()):
            if not self._has_room(rate, 1, kind, *who):
                raise self._refusal(rate, kind, *who)

    def hit(self, kind: str, *who: str) -> None:
        """Count one that was done; what is done is never refused afterwards."""
        for rate in self._rates.get(kind, ()):
            self._count(rate, kind, *who)

    @contextmanager
    def turn(self, kind: str, *who: str) -> Iterator[None]:
        """Hold a place among the limits while the work is done; call ``hit`` inside, once it is.

        Of many requests at once, no more get a turn than the limits have room for, though nothing is counted yet.

        Raises:
            TooMany: with the seconds after which it works again.
        """
        with self._lock:
            for rate in self._rates.get(kind, ()):
                if not self._has_room(rate, self._under_way[kind, *who] + 1, kind, *who):
                    raise self._refusal(rate, kind, *who)
            self._under_way[kind, *who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[kind, *who] -= 1
                if not self._under_way[kind, *who]:
                    del self._under_way[kind, *who]

    def take(self, kind: str, *who: str) -> None:
        """Test and count at once, where an attempt counts whether it succeeds or not.

        Raises:
            TooMany: with the seconds after which it works again.
        """
        self.test(kind, *who)
        for rate in self._rates.get(kind, ()):
            if not self._count(rate, kind, *who):
                raise self._refusal(rate, kind, *who)

    def _has_room(self, rate: RateLimitItem, cost: int, *key: str) -> bool:
        return self._ask(lambda limiter: limiter.test(rate, *key, cost=cost))

    def _count(self, rate: RateLimitItem, *key: str) -> bool:
        return self._ask(lambda limiter: limiter.hit(rate, *key))

    def _refusal(self, rate: RateLimitItem, *key: str) -> TooMany:
        reset_at = self._ask(lambda limiter: limiter.get_window_stats(rate, *key)).reset_time
        # The limits are counted by the wall clock, in every storage.
        seconds = min(max(1, math.ceil(reset_at - time.time())), rate.get_expiry())
        return TooMany(f"That was a lot at once. Please try again in {_spoken(seconds)}.", retry_after=seconds)

    def _ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T:
        """Ask the shared storage, or count here while it is down or holds what it should not."""
        if self._shared is not None and self._clock() >= self._down_until:
            try:
                return question(self._shared)
            except Exception:
                # Whatever a client makes of a server that is down, or of garbage in its place.
                self._down_until = self._clock() + _PAUSE
                _LOG.warning("limits are counted in this process: their storage does not answer")
        return question(self._own)


def _connect(storage_url: str) -> MovingWindowRateLimiter:
    try:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # Left to itself, the client tries for seconds before it says that nobody answers.
        storage = storage_from_string(
            storage_url,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
        )
        return MovingWindowRateLimiter(storage)
    except ImportError as error:
        raise Refused("redis_url: needs the extra 'redis' to be installed.") from error
    except (ConfigurationError, NotImplementedError, TypeError, ValueError) as error:
        raise Refused("redis_url: is no address of a Redis server.") from error


def _spoken(seconds: int) -> str:
    if seconds < 100:
        return "one second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
