"""Keeps answers that everybody gets ready to send, and knows at once when one is not true any more.

An entry notes what it rests on: the revisions of a page and its site, or merely the database's state. Only when the
database has changed since (``publishing/freshness``) revisions are compared.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import brotli

from moderation.publishing.freshness import Freshness, State

# A page asked for in ever new spellings of its address must not push out the others.
_SPELLINGS: Final = 32
_LISTS: Final = 256
# Pages without a comment have one and the same answer: for each, only its address is kept.
_EMPTY_PAGES: Final = 2048
_OVERHEAD: Final = 1500
_ADDRESS: Final = 1000
_BROTLI_QUALITY: Final = 5
_GZIP_LEVEL: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """What an answer rests on.

    Args:
        site_id: the site whose revision, and of whose page the revision, it shows; None for anything in the database.
        page_key: the page.
        page_revision: None where there is no such page yet.
        until: when it stops being true by itself, such as when a page closes by age.
        on_nothing: it is true as long as this process lives, whatever the database holds.
    """

    site_id: str | None = None
    page_key: str = ""
    page_revision: int | None = None
    site_revision: int = 0
    until: datetime | None = None
    on_nothing: bool = False

    @property
    def is_empty_page(self) -> bool:
        """Whether nobody has commented there yet."""
        return self.site_id is not None and self.page_revision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An answer in one encoding; ``headers`` are those that tell it from the others, its length the last."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Entry:
    """An answer, in forms by their encoding. ``state`` is the database's when it was last known to be true.

    The plain form is kept only where no other one is smaller: it is by far the largest, and hardly anybody asks for it.
    """

    headers: tuple[tuple[str, str], ...]
    digest: str
    forms: Mapping[str, Form]
    rests: Rests
    state: State
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = _OVERHEAD + sum(len(form.body) for form in self.forms.values())

    def share(self, other: "Entry | None") -> None:
        """Keep nothing twice that another entry has too."""
        if other is not None and other.digest == self.digest:
            known = {header: header for header in other.headers}
            self.headers = tuple(known.get(header, header) for header in self.headers)
            self.digest, self.forms, self.size = other.digest, other.forms, _ADDRESS

    def form(self, wanted: Iterable[str]) -> Form:
        """Return the first of the wanted encodings that there is, else the plain form."""
        forms = self.forms
        for name in wanted:
            if name in forms:
                return forms[name]
        return forms.get("identity") or self._unpacked()

    def _unpacked(self) -> Form:
        packed = self.forms.get("gzip")
        body = gzip.decompress(packed.body) if packed else brotli.decompress(self.forms["br"].body)
        return _form(body, f'"{self.digest}"')


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

    def state(self) -> State:
        """Return the database's state; ask for it before reading what an answer is built from."""
        return self._freshness.state()

    def get(self, address: str, *, clock: Callable[[], datetime], waiting: bool = True) -> Entry | None:
        """Return an answer that is true now, None when it has to be built.

        Args:
            waiting: also when another machine has to be asked whether it is true.
        """
        entry = self._entries.get(address)
        if entry is None:
            return None
        rests = entry.rests
        if rests.until is not None and clock() >= rests.until:
            return None
        if not rests.on_nothing:
            state = self._freshness.state()
            if entry.state != state:
                may_ask = waiting or self._freshness.is_near
                if not (may_ask and self._still_true(entry, state)):
                    return None
        self.hits += 1
        # One step for the interpreter, and so without the lock.
        try:  # noqa: SIM105 (it would cost as much as all the rest)
            self._entries.move_to_end(address)
        except KeyError:
            # Dropped just now; it is true all the same.
            pass
        return entry

    def put(
        self, address: str, body: bytes, *, headers: tuple[tuple[str, str], ...], rests: Rests, state: State
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
            if rests.is_empty_page:
                entry.share(self._entries[next(iter(spellings))] if spellings else None)
            spellings[address] = None
            self._entries[address] = entry
            self._size += entry.size
            if len(spellings) > _most(rests):
                self._drop(next(iter(spellings)))
            while self._size > self._limit and self._entries:
                # In one step: a reader may move another one to the end between two.
                self._forget(*self._entries.popitem(last=False))
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

    def _still_true(self, entry: Entry, state: State) -> bool:
        rests = entry.rests
        if rests.site_id is None:
            return False
        if self._freshness.revisions(rests.site_id, rests.page_key) != (rests.page_revision, rests.site_revision):
            return False
        entry.state = state
        return True

    def _drop(self, address: str) -> None:
        entry = self._entries.pop(address, None)
        if entry is not None:
            self._forget(address, entry)

    def _forget(self, address: str, entry: Entry) -> None:
        self._size -= entry.size
        group = _group(address, entry.rests)
        spellings = self._spellings.get(group)
        if spellings is not None:
            spellings.pop(address, None)
            if not spellings:
                del self._spellings[group]


def encode(body: bytes, *, headers: tuple[tuple[str, str], ...], rests: Rests, state: State) -> Entry:
    """Return an answer in all encodings that are smaller than the plain one, each with an ETag of its own."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    forms: dict[str, Form] = {}
    for name, suffix, packed in (
        ("br", "br", brotli.compress(body, quality=_BROTLI_QUALITY)),
        ("gzip", "gz", gzip.compress(body, _GZIP_LEVEL, mtime=0)),
    ):
        if len(packed) < len(body):
            forms[name] = _form(packed, f'"{digest}-{suffix}"', ("Content-Encoding", name))
    if not forms:
        forms["identity"] = _form(body, f'"{digest}"')
    return Entry(headers=headers, digest=digest, forms=forms, rests=rests, state=state)


def _form(body: bytes, etag: str, *headers: tuple[str, str]) -> Form:
    return Form(body=body, etag=etag, headers=(("ETag", etag), *headers, ("Content-Length", str(len(body)))))


def _most(rests: Rests) -> int:
    if rests.site_id is None:
        return _LISTS
    return _EMPTY_PAGES if rests.is_empty_page else _SPELLINGS


def _group(address: str, rests: Rests) -> str:
    """Return what answers belong to that must not push out others: a page, all empty pages of a site, an address."""
    path = address.partition("?")[0]
    if rests.site_id is None:
        return path
    return f"{path} {rests.site_id}" if rests.is_empty_page else f"{rests.site_id} {rests.page_key}"
