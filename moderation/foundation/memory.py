"""Keeps a long-running process small."""

import contextlib
import ctypes
import sys
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1 << 20


def stay_small() -> None:
    """Let the C library give large blocks back as soon as they are free, and share two arenas among all threads.

    Otherwise glibc keeps the 19 MiB that a password's check takes, and a heap for each of 32 threads. Call it before
    threads start. Elsewhere than with glibc nothing happens.

    Source: mallopt(3).
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, 2)
