"""Limits on how often somebody may do something, counted in this process or in Redis."""

import logging
import time
from collections.abc import Mapping
from typing import cast

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from moderation.foundation.errors import Refused, TooMany

_LOG = logging.getLogger(__name__)


class Throttle:
    """Counts what happened, per kind and per sender.

    ``test`` looks before the work and ``hit`` counts after it, so that what is refused or repeated never counts.

    Args:
        storage_url: ``memory://`` or a Redis address. While Redis is down, each process counts for itself.
        rates: for each kind, limits such as ``6/minute;60/hour``.

    Raises:
        Refused: when a rate cannot be read.
    """

    def __init__(self, storage_url: str, rates: Mapping[str, str], *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._rates = {kind: _read(kind, rate) for kind, rate in rates.items()}
        storage = cast("Storage", storage_from_string(storage_url, wrap_exceptions=True))
        self._shared = MovingWindowRateLimiter(storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())

    def test(self, kind: str, *who: str) -> None:
        """Refuse when one of these senders has reached a limit of this kind.

        Raises:
            TooMany: with the seconds until it works again.
        """
        for item, sender in self._items(kind, who):
            if not self._ask("test", item, kind, sender):
                raise self._too_many(item, kind, sender)

    def hit(self, kind: str, *who: str) -> None:
        """Count what was done, for each of these senders."""
        for item, sender in self._items(kind, who):
            self._ask("hit", item, kind, sender)

    def take(self, kind: str, *who: str) -> None:
        """Count what is about to be done, or refuse it.

        Raises:
            TooMany: with the seconds until it works again.
        """
        for item, sender in self._items(kind, who):
            if not self._ask("hit", item, kind, sender):
                raise self._too_many(item, kind, sender)

    def _items(self, kind: str, who: tuple[str, ...]) -> list[tuple[RateLimitItem, str]]:
        if not self._enabled:
            return []
        return [(item, sender) for item in self._rates.get(kind, ()) for sender in who]

    def _ask(self, question: str, item: RateLimitItem, kind: str, sender: str) -> bool:
        try:
            return bool(getattr(self._shared, question)(item, kind, sender))
        except StorageError:
            _LOG.warning("limits are counted in this process: their storage does not answer")
            return bool(getattr(self._own, question)(item, kind, sender))

    def _too_many(self, item: RateLimitItem, kind: str, sender: str) -> TooMany:
        try:
            window = self._shared.get_window_stats(item, kind, sender)
        except StorageError:
            window = self._own.get_window_stats(item, kind, sender)
        seconds = max(1, round(window.reset_time - time.time()))
        return TooMany(f"That was a little too often. Please try again in {_words(seconds)}.", retry_after=seconds)


def _read(kind: str, rate: str) -> list[RateLimitItem]:
    try:
        return parse_many(rate)
    except ValueError as error:
        raise Refused(f"rates.{kind}: “{rate}” is not a limit such as 6/minute;60/hour.", field="rates") from error


def _words(seconds: int) -> str:
    if seconds < 90:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{round(minutes / 60)} hours"
