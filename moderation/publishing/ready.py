"""Keeps answers that everybody gets ready to send, and knows at once when one is not true any more.

An entry notes what it rests on: the revisions of a page and its site, or merely the database's state. On SQLite
``PRAGMA data_version`` tells in microseconds whether anybody committed since; only then revisions are compared.
"""

import gzip
import hashlib
import itertools
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import brotli
from sqlalchemy import select

from moderation.foundation.database import Database
from moderation.records import Page, Site

# A page asked for in ever new spellings of its address must not push out the others.
_SPELLINGS: Final = 32
_OVERHEAD: Final = 1500
_BROTLI_QUALITY: Final = 5
_GZIP_LEVEL: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """What an answer rests on.

    Args:
        page_id: the page whose revision and whose site's revision it shows; None for anything in the database.
        until: when it stops being true by itself, such as when a page closes by age.
        group: answers of one group do not push out others; by default those of one page, or of one address.
    """

    page_id: str | None = None
    group: str | None = None
    page_revision: int = 0
    site_revision: int = 0
    until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Entry:
    """An encoded answer. ``state`` is the database's when it was last known to be true."""

    headers: tuple[tuple[str, str], ...]
    bodies: Mapping[str, bytes]
    etags: Mapping[str, str]
    rests: Rests
    state: int
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = _OVERHEAD + sum(len(body) for body in self.bodies.values())


class Freshness(Protocol):
    """Tells whether the database has changed."""

    def state(self) -> int:
        """Return a number that differs whenever somebody has committed in between."""
        ...

    def revisions(self, page_id: str) -> tuple[int, int] | None:
        """Return a page's revision and its site's as they are now, None when it is gone."""
        ...


class SqliteFreshness:
    """Watches a SQLite file through a connection of its own, which never writes and never holds a transaction open."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA wal_autocheckpoint=0")
        self._lock = threading.Lock()

    def state(self) -> int:
        """Return SQLite's own count of other connections' commits."""
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def revisions(self, page_id: str) -> tuple[int, int] | None:
        """Return a page's revision and its site's."""
        query = "SELECT page.revision, site.revision FROM page JOIN site ON site.id = page.site_id WHERE page.id = ?"
        with self._lock:
            row = self._connection.execute(query, (page_id,)).fetchone()
        return (row[0], row[1]) if row else None

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._connection.close()


class PolledFreshness:
    """Asks the database about each page every time: for databases that do not tell whether anything changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count = itertools.count()

    def state(self) -> int:
        """Return a number that is never the same again."""
        return next(self._count)

    def revisions(self, page_id: str) -> tuple[int, int] | None:
        """Return a page's revision and its site's."""
        query = select(Page.revision, Site.revision).join(Site, Site.id == Page.site_id).where(Page.id == page_id)
        with self._database.reading() as db:
            row = db.execute(query).one_or_none()
        return (row[0], row[1]) if row else None

    def close(self) -> None:
        """Nothing is held."""


def freshness_of(database: Database) -> SqliteFreshness | PolledFreshness:
    """Return what tells whether a database has changed."""
    return SqliteFreshness(str(database.url.database)) if database.is_sqlite else PolledFreshness(database)


class Ready:
    """Answers by the address that was asked for, the least recently used out first.

    Args:
        limit: bytes that the answers may take in all.
    """

    def __init__(self, freshness: Freshness, *, limit: int) -> None:
        self._freshness = freshness
        self._limit = limit
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._spellings: dict[str, OrderedDict[str, None]] = {}
        self._size = 0
        self._lock = threading.Lock()
        self._builders: dict[str, threading.Lock] = {}
        self.hits = 0
        self.misses = 0
        self.builds = 0

    def state(self) -> int:
        """Return the database's state; ask for it before reading what an answer is built from."""
        return self._freshness.state()

    def get(self, address: str, *, now: datetime) -> Entry | None:
        """Return an answer that is true now, None when it has to be built."""
        entry = self._entries.get(address)
        if entry is None:
            return None
        if entry.rests.until is not None and now >= entry.rests.until:
            return None
        state = self._freshness.state()
        if entry.state != state and not self._still_true(entry, state):
            return None
        self.hits += 1
        with self._lock:
            if address in self._entries:
                self._entries.move_to_end(address)
        return entry

    def put(
        self, address: str, body: bytes, *, headers: tuple[tuple[str, str], ...], rests: Rests, state: int
    ) -> Entry:
        """Encode and keep an answer.

        Args:
            state: the database's, asked for before the body was read from it.
        """
        entry = encode(body, headers=headers, rests=rests, state=state)
        self.builds += 1
        with self._lock:
            self._drop(address)
            group = _group(address, rests)
            spellings = self._spellings.setdefault(group, OrderedDict())
            spellings[address] = None
            self._entries[address] = entry
            self._size += entry.size
            if len(spellings) > _SPELLINGS:
                self._drop(next(iter(spellings)))
            while self._size > self._limit and self._entries:
                self._drop(next(iter(self._entries)))
        return entry

    @contextmanager
    def building(self, address: str) -> Iterator[None]:
        """Hold the right to build an answer; whoever else wants the same one waits, and then finds it ready."""
        with self._lock:
            turn = self._builders.setdefault(address, threading.Lock())
        with turn:
            try:
                yield
            finally:
                with self._lock:
                    if self._builders.get(address) is turn:
                        del self._builders[address]

    @property
    def size(self) -> int:
        """Bytes that the answers take."""
        return self._size

    def _still_true(self, entry: Entry, state: int) -> bool:
        rests = entry.rests
        if rests.page_id is None:
            return False
        if self._freshness.revisions(rests.page_id) != (rests.page_revision, rests.site_revision):
            return False
        entry.state = state
        return True

    def _drop(self, address: str) -> None:
        entry = self._entries.pop(address, None)
        if entry is None:
            return
        self._size -= entry.size
        group = _group(address, entry.rests)
        spellings = self._spellings.get(group)
        if spellings is not None:
            spellings.pop(address, None)
            if not spellings:
                del self._spellings[group]


def encode(body: bytes, *, headers: tuple[tuple[str, str], ...], rests: Rests, state: int) -> Entry:
    """Return an answer in all encodings that are smaller than the plain one, each with an ETag of its own."""
    packed = {
        "br": brotli.compress(body, quality=_BROTLI_QUALITY),
        "gzip": gzip.compress(body, _GZIP_LEVEL, mtime=0),
    }
    bodies = {"identity": body} | {name: bytes_ for name, bytes_ in packed.items() if len(bytes_) < len(body)}
    digest = hashlib.sha256(body).hexdigest()[:32]
    suffixes = {"identity": "", "gzip": "-gz", "br": "-br"}
    etags = {name: f'"{digest}{suffixes[name]}"' for name in bodies}
    return Entry(headers=headers, bodies=bodies, etags=etags, rests=rests, state=state)


def _group(address: str, rests: Rests) -> str:
    return rests.group or rests.page_id or address.partition("?")[0]
