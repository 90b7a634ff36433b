"""Threads that work for others: begun when there is work, ended when there has been none for a while."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final

_IDLE_SECONDS: Final = 30.0
_REST_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


class Threads:
    """Work in turn, in as many threads as are needed up to a number; they end with the process.

    Args:
        most: threads at once; further work waits for one of them.
        idle_seconds: after which a thread without work ends.
        at_rest: called in a thread that had no work for a second, once after something was done; it must not raise.
    """

    def __init__(
        self, most: int, *, idle_seconds: float = _IDLE_SECONDS, at_rest: Callable[[], None] | None = None
    ) -> None:
        self._most = most
        self._idle_seconds = idle_seconds
        self._at_rest = at_rest
        self._has_worked = False
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = 0
        self._free = 0

    @property
    def running(self) -> int:
        """Threads that there are now."""
        return self._running

    @property
    def free(self) -> int:
        """Threads without work; below zero, so many pieces of work wait for one."""
        return self._free

    def do(self, work: Callable[[], None]) -> None:
        """Have something done soon; return at once.

        Raises:
            RuntimeError: there is no thread, and none can be begun.
        """
        with self._lock:
            self._work.put(work)
            self._free -= 1
            if self._free >= 0 or self._running >= self._most:
                return
            self._running += 1
            self._free += 1
        try:
            threading.Thread(target=self._run, daemon=True).start()
        except RuntimeError:
            # There are no more threads to be had; one that is there takes the work when it is free.
            with self._lock:
                self._running -= 1
                self._free -= 1
                if self._running:
                    return
                self._work.get_nowait()
                self._free += 1
            raise

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                _log.exception("work in a thread failed")
            # What it held, such as a body, is not kept until there is more to do.
            del work
            with self._lock:
                self._free += 1
                self._has_worked = True

    def _next(self) -> Callable[[], None] | None:
        if self._at_rest is not None:
            try:
                return self._work.get(timeout=_REST_SECONDS)
            except queue.Empty:
                self._rest(self._at_rest)
        while True:
            try:
                return self._work.get(timeout=self._idle_seconds)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._running -= 1
                        self._free -= 1
                        return None

    def _rest(self, at_rest: Callable[[], None]) -> None:
        with self._lock:
            worked, self._has_worked = self._has_worked, False
        if worked:
            at_rest()
