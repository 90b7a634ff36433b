"""Looks at the head of SQLite's WAL-index: it changes with every commit, whoever commits, and costs no call to look at.

SQLite maps this index (``FILE-shm``) into each process that has the file open. Every commit counts in its head, and has
done so before it returns. We look at it where SQLite has mapped it: to open the file ourselves would be dangerous,
since closing it would take away SQLite's own locks (POSIX locks belong to the process).

Source: https://sqlite.org/walformat.html, “The WAL-Index File Format”; https://sqlite.org/howtocorrupt.html, 2.2.
"""

import ctypes
from pathlib import Path
from typing import Final

_VERSION: Final = 3007000
_HEAD: Final = 48
_MAPS: Final = Path("/proc/self/maps")


def wal_index(file: str) -> memoryview | None:
    """Return the head of a database's WAL-index, or None where it cannot be looked at.

    Only as long as a connection of this process has the file open may it be looked at.

    Args:
        file: of the database; a connection of this process has read from it.
    """
    try:
        number = Path(f"{file}-shm").stat().st_ino
        lines = _MAPS.read_text(errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        # 7f2c4c000000-7f2c4c008000 rw-s 00000000 fe:01 1311028    /data/moderation.db-shm
        words = line.split(maxsplit=5)
        if len(words) == 6 and words[2:5:2] == ["00000000", str(number)] and words[5].endswith("-shm"):
            address = int(words[0].partition("-")[0], 16)
            head = memoryview((ctypes.c_ubyte * _HEAD).from_address(address)).cast("B").toreadonly()
            return head if _is_index(head) else None
    return None


def _is_index(head: memoryview) -> bool:
    # In the machine's order, since the file is for one machine only.
    return ctypes.c_uint32.from_buffer_copy(head).value == _VERSION and head[12] == 1
