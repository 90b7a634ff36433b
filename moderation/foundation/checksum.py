"""Sums up bytes, so that damage is noticed."""

import hashlib
from pathlib import Path
from typing import Final

_AT_ONCE: Final = 1 << 20


class Checksum:
    """The SHA-256 of what was added so far."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, content: bytes) -> None:
        """Add some bytes."""
        self._hash.update(content)

    @property
    def words(self) -> str:
        """The sum as 64 hexadecimal digits."""
        return self._hash.hexdigest()


def checksum_of(file: Path, length: int | None = None) -> str:
    """Return the sum of a file's content, or of its first bytes.

    Args:
        length: how many bytes; None for all.
    """
    checksum, left = Checksum(), file.stat().st_size if length is None else length
    with file.open("rb") as content:
        while left and (part := content.read(min(left, _AT_ONCE))):
            checksum.add(part)
            left -= len(part)
    return checksum.words
