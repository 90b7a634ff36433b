"""Says when to try again what could not be sent."""

from datetime import timedelta
from typing import Final

_FIRST_DELAY: Final = timedelta(seconds=30)
_LONGEST_DELAY: Final = timedelta(hours=6)


def next_try(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many failed tries: twice as long each time, and up to half more by chance."""
    delay = min(_FIRST_DELAY * 2.0 ** min(attempts - 1, 20), _LONGEST_DELAY)
    return delay * (1 + chance / 2)
