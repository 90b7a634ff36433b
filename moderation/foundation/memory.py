"""Keeps a long-running process small."""

import contextlib
import ctypes
import os
import sys
import typing
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1 << 18
# Granian brings an allocator of its own, which reads this when it is loaded. Otherwise it has an arena for each thread
# and keeps what is free: 27 MB after 1,000 connections. With a tenth of this time a hit costs a fifth more.
_JEMALLOC: Final = "narenas:1,dirty_decay_ms:200,lg_tcache_max:12"


def stay_small() -> None:
    """Let the C library give large blocks back as soon as they are free, and share one arena among all threads.

    Otherwise glibc keeps the 19 MiB that a password's check takes, and a heap for each of 32 threads. Call it before
    threads start, before Granian is loaded, and when everything else is. Elsewhere than with glibc only what tools for
    types ask Python to remember of overloaded functions is forgotten, 1 MB.

    Source: mallopt(3); jemalloc(3), “Tuning”; documentation of typing.clear_overloads.
    """
    typing.clear_overloads()
    os.environ.setdefault("_RJEM_MALLOC_CONF", _JEMALLOC)
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_ARENA_MAX, 1)
