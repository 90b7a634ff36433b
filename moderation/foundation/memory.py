"""Keeps a long-running process small."""

import contextlib
import ctypes
import sys
import typing
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1 << 18


def stay_small() -> None:
    """Let the C library give large blocks back as soon as they are free, and share one arena among all threads.

    Otherwise glibc keeps the 19 MiB that a password's check takes, and a heap for each of 32 threads. Call it before
    threads start and when everything is loaded. Elsewhere than with glibc only what tools for types ask Python to
    remember of overloaded functions is forgotten, 1 MB.

    Source: mallopt(3); documentation of typing.clear_overloads.
    """
    typing.clear_overloads()
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, 1)
