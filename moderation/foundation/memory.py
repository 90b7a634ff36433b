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
_TUNABLES: Final = "GLIBC_TUNABLES"
# Otherwise each of twenty threads keeps for itself what it has freed.
_NO_CACHES: Final = "glibc.malloc.tcache_count=0"
_ANEW: Final = "moderation_anew"


def start_small() -> None:
    """Begin this process anew, once, with what the C library reads from the environment alone.

    What an owner has set there stays, and where it cannot be begun anew nothing happens. Call it before anything else
    is loaded: it takes a few hundredths of a second.

    Source: the GNU C Library's manual, “Memory Allocation Tunables”.
    """
    # A mark that stays where the environment is cleaned on the way.
    if sys.platform == "linux" and _TUNABLES not in os.environ and _ANEW not in sys._xoptions:
        words = [sys.executable, "-X", _ANEW, *sys.orig_argv[1:]]
        with contextlib.suppress(OSError, ValueError):
            os.execve(sys.executable, words, os.environ | {_TUNABLES: _NO_CACHES})  # noqa: S606 - ourselves


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


def give_back() -> None:
    """Give what is free in the C library's heap back to the system, in half a millisecond; elsewhere do nothing.

    Source: malloc_trim(3).
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
