"""What a worker does again and again, each thing at its own pace."""

import logging
from collections.abc import Callable

from moderation.foundation.errors import Outage

_log = logging.getLogger(__name__)


class Round:
    """Something that is done again and again; when it fails it is done again next time.

    Args:
        name: what the log calls it.
        seconds: from one begin to the next, at least.
    """

    def __init__(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        self._name = name
        self._seconds = seconds
        self._do = do
        self._next = 0.0

    def go(self, moment: float) -> None:
        """Do it if it is time.

        Args:
            moment: of a clock that only goes forward, in seconds.
        """
        if moment < self._next:
            return
        self._next = moment + self._seconds
        try:
            self._do()
        except Outage:
            _log.warning("the database cannot be reached", extra={"job": self._name})
        except Exception:
            _log.exception("failed", extra={"job": self._name})
