"""Says on the terminal how far something long has come."""

import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """One line that grows old gracefully: nothing for what is quick, then how many every second.

    Call it with how many are done.

    Args:
        doing: what is done, such as ``Restoring``.
        what: what is counted, in the plural.
        whole: how many there will be, where it is known.
        terminal: where to say it; a line of its own each ten seconds where it is no terminal.
    """

    def __init__(
        self,
        doing: str,
        what: str,
        *,
        whole: int | None = None,
        terminal: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doing, self._what, self._whole = doing, what, whole
        self._terminal = terminal or sys.stderr
        self._clock = clock
        self._overwrites = self._terminal.isatty()
        self._pause = 1.0 if self._overwrites else 10.0
        self._next = clock() + self._pause
        self._said = False

    def __call__(self, count: int) -> None:
        """Say it, if the last time was a while ago."""
        if (self._whole is not None and self._whole < 100_000) or count & 255 == 0 or count == self._whole:
            now = self._clock()
            if now >= self._next:
                self._next = now + self._pause
                self._say(count)

    def end(self) -> None:
        """Leave an empty line to what comes next."""
        if self._said and self._overwrites:
            self._terminal.write("\r\033[K")
            self._terminal.flush()

    def _say(self, count: int) -> None:
        of_all = f" of {self._whole:,} ({100 * count // max(self._whole, 1)} %)" if self._whole is not None else ""
        line = f"{self._doing}: {count:,}{of_all} {self._what}"
        self._terminal.write(f"\r\033[K{line}" if self._overwrites else f"{line}\n")
        self._terminal.flush()
        self._said = True
