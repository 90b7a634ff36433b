"""Keeps the processes of the service alive, ends them together, and leaves none behind."""

import gc
import logging
import os
import select
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

from moderation.foundation.process import HOPELESS, Child, fork

_STOPPING = (signal.SIGTERM, signal.SIGINT)
_HANDLED = (*_STOPPING, signal.SIGCHLD)
_SETTLED_SECONDS = 1.0
_FIRST_DELAY = 0.05
_LONGEST_DELAY = 1.5

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Place:
    """Where one child runs, or will run again."""

    child: Child
    pid: int | None = None
    started: float = 0.0
    failures: int = 0
    next_start: float = 0.0


@dataclass(slots=True)
class _Wishes:
    stops: int = 0
    places: list[_Place] = field(default_factory=list)


def supervise(children: Sequence[Child], *, patience: float = 10) -> int:
    """Run the children until SIGTERM or SIGINT; start again, at once, whichever dies.

    Call it in the main thread, with no other thread running and no connection open: the children are forked. A child
    that does not stop in time is killed, and all of them die with this process, even if that is killed.

    Args:
        patience: seconds a child gets to finish what it does; a second signal ends the wait.

    Returns:
        the exit status: 0, or 1 when a child could not be started at all.
    """
    wishes = _Wishes(places=[_Place(child) for child in children])
    reader, writer = _pipe()

    def handle(number: int, _frame: FrameType | None) -> None:
        wishes.stops += number != signal.SIGCHLD

    former = {number: signal.signal(number, handle) for number in _HANDLED}
    former_wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # Objects made so far never become garbage: not looking at them keeps their memory shared with the children.
    gc.freeze()
    try:
        hopeless = _watch(wishes, reader)
        _end(wishes, reader, patience)
    finally:
        signal.set_wakeup_fd(former_wakeup)
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)
    return 1 if hopeless else 0


def _watch(wishes: _Wishes, reader: int) -> bool:
    """Start and restart until somebody wishes to stop (False) or a child is hopeless (True)."""
    while not wishes.stops:
        now = time.monotonic()
        for place in wishes.places:
            if place.pid is None and place.next_start <= now:
                _start(place)
        waiting = [place.next_start for place in wishes.places if place.pid is None]
        _wait(reader, min(waiting) - now if waiting else None)
        if HOPELESS in _reap(wishes):
            return True
    return False


def _start(place: _Place) -> None:
    place.pid, place.started = fork(place.child), time.monotonic()
    _log.info("started", extra={"child": place.child.name, "pid": place.pid})


def _reap(wishes: _Wishes) -> set[int]:
    """Note which children ended; the statuses of those that ended by themselves."""
    ended: set[int] = set()
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        for place in wishes.places:
            if place.pid == pid:
                code = os.waitstatus_to_exitcode(status)
                _plan(place, code, stopping=bool(wishes.stops))
                ended.add(code)


def _plan(place: _Place, code: int, *, stopping: bool) -> None:
    now = time.monotonic()
    place.failures = 0 if now - place.started >= _SETTLED_SECONDS else place.failures + 1
    delay = min(_FIRST_DELAY * 2.0**place.failures, _LONGEST_DELAY)
    place.next_start = now + delay
    level = logging.INFO if stopping else logging.WARNING
    _log.log(level, "ended", extra={"child": place.child.name, "pid": place.pid, "status": code})
    place.pid = None


def _end(wishes: _Wishes, reader: int, patience: float) -> None:
    running = [place for place in wishes.places if place.pid is not None]
    _signal(running, signal.SIGTERM)
    deadline, seen = time.monotonic() + patience, wishes.stops
    while any(place.pid is not None for place in running):
        _reap(wishes)
        left = deadline - time.monotonic()
        if left <= 0 or wishes.stops > seen:
            _signal(running, signal.SIGKILL)
            left = 0.05
        if any(place.pid is not None for place in running):
            _wait(reader, left)


def _signal(places: Sequence[_Place], number: signal.Signals) -> None:
    for place in places:
        if place.pid is not None:
            os.kill(place.pid, number)


def _wait(reader: int, seconds: float | None) -> None:
    ready, _, _ = select.select([reader], [], [], None if seconds is None else max(seconds, 0))
    if ready:
        os.read(reader, 4096)


def _pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    return reader, writer
