"""Processes made by forking: each ends with its parent, and says what it died of."""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from moderation.foundation.errors import Outage, Problem, Refused, said_by_server

HOPELESS = 78
"""Exit status of a process for which another start makes no sense (EX_CONFIG of sysexits.h)."""

_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_PR_SET_PDEATHSIG = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process: a name for the log, and what it does until it is told to stop by SIGTERM.

    ``run`` is called in the new process; it must not return before it was told to, and needs no result.
    """

    name: str
    run: Callable[[], None]


def fork(child: Child) -> int:
    """Start a child; return its process id. No other thread may run here, and no connection be open."""
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blocked, so that a signal meant for the child is not swallowed by a handler of ours that it inherits.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    pid = os.fork()
    if pid == 0:
        _become(child, parent)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
    return pid


def apart(work: Callable[[], None]) -> None:
    """Do a piece of work in a process of its own and wait for it.

    Raises:
        Refused: with the problem's own sentence, or saying that there was one.
    """
    reader, writer = os.pipe()
    pid = fork(Child(name="set-up", run=partial(_telling, work, writer)))
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as told:
        sentence = told.read()
    _, status = os.waitpid(pid, 0)
    if status:
        raise Refused(sentence or "The service could not be set up; the log says why.")


def _telling(work: Callable[[], None], writer: int) -> None:
    try:
        work()
    except Problem as problem:
        sentence = problem.message
    except Exception as error:
        said = said_by_server(error)
        if not said:
            raise
        sentence = f"The database cannot be used. {said}"
    else:
        return
    os.write(writer, sentence.encode())
    os._exit(1)


def die_with_parent(parent: int) -> None:
    """Let this process be killed when its parent is gone, however that ends.

    Args:
        parent: the process that must be there; it may have died since the fork.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_look_for, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _become(child: Child, parent: int) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        die_with_parent(parent)
        child.run()
        status = 0
    except Problem as problem:
        _log.error("%s", problem.message, extra={"child": child.name})
        status = 1 if isinstance(problem, Outage) else HOPELESS
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 1
    except KeyboardInterrupt:
        status = 0
    except BaseException:
        _log.exception("failed", extra={"child": child.name})
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _look_for(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
