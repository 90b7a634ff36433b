"""Passwords of moderators: how long they must be, and the slow hash that is all we keep of them.

Hashing takes some 30 ms of a processor by design, so none of this may run inside a write transaction.
"""

from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from moderation.foundation.errors import Refused
from moderation.foundation.text import normalise, refuse_controls

SHORTEST: Final = 12
LONGEST: Final = 1024

# Source: OWASP Password Storage Cheat Sheet, argon2id. The library's own defaults take 64 MiB for each sign-in.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash takes 19 MiB while it runs, so a crowd at the door waits its turn.
_turns: Final = BoundedSemaphore(2)
# What a password is compared with where there is none to compare with, so that both take as long.
_NOBODYS: Final = _hasher.hash("a password that nobody has")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A password that may be stored: long enough, and hashed already."""

    hash: str


def accept(password: str, *, field: str = "password") -> str:
    """Return a new password in the form in which it is compared, if it is good enough.

    Args:
        password: as typed; blanks at its ends belong to it.

    Raises:
        Refused: when it is too short, too long, or hardly any different characters.
    """
    password = normalise(password, field=field)
    refuse_controls(password, field=field)
    if len(password) < SHORTEST:
        sentence = f"Please choose a password of at least {SHORTEST} characters; a short sentence is good."
        raise Refused(sentence, field=field)
    if len(password) > LONGEST:
        raise Refused(f"A password can have at most {LONGEST:,} characters.", field=field)
    if len(set(password)) < 4:
        raise Refused("This password repeats too few different characters; please choose another.", field=field)
    return password


def seal(password: str, *, field: str = "password") -> Sealed:
    """Return a new password in the form in which it is stored.

    Raises:
        Refused: as ``accept`` does.
    """
    accepted = accept(password, field=field)
    with _turns:
        return Sealed(hash=_hasher.hash(accepted))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether a password, from a stranger, is the stored one; takes as long when there is none.

    Args:
        stored: the hash, None for somebody we do not know or who has no password yet.
    """
    try:
        password = normalise(password)[: LONGEST + 1]
        with _turns:
            _hasher.verify(stored or _NOBODYS, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError, Refused):
        return False
    return stored is not None


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)
