"""Tells whether the database has changed since an answer was made ready, as cheaply as each kind of database can."""

import itertools
import sqlite3
import threading
from typing import Final, Protocol

from sqlalchemy import and_, select

from moderation.foundation.database import Database
from moderation.foundation.errors import Outage
from moderation.foundation.listener import Listener
from moderation.foundation.wal_index import wal_index
from moderation.records import Page, Site

# What the triggers of the schema announce their changes on.
CHANNEL: Final = "moderation_public"

Revisions = tuple[int | None, int]
State = int | bytes


class Freshness(Protocol):
    """Tells whether the database has changed; ``is_near`` when it knows in microseconds, asking no other machine."""

    is_near: bool

    def state(self) -> State:
        """Return something that differs whenever readers may see something else than before."""
        ...

    def revisions(self, site_id: str, page_key: str) -> Revisions | None:
        """Return a page's revision (None where there is no page) and its site's; None when the site is gone.

        Raises:
            Outage: when the database cannot be reached.
        """
        ...


class SqliteFreshness:
    """Watches a SQLite file through a connection of its own, which never writes and never holds a transaction open."""

    is_near = True

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA wal_autocheckpoint=0")
        self._lock = threading.Lock()
        self._file = file
        # Mapped as soon as the connection has read something, and for as long as it is open.
        self._index: memoryview | None = None
        self._looked = False

    def state(self) -> State:
        """Return what stands at the head of SQLite's WAL-index, or its own count of other connections' commits."""
        index = self._index
        if index is not None:
            return bytes(index)
        version = int(self._ask("PRAGMA data_version")[0])
        if not self._looked:
            self._looked, self._index = True, wal_index(self._file)
        return version

    def revisions(self, site_id: str, page_key: str) -> Revisions | None:
        """Return a page's revision and its site's."""
        query = (
            "SELECT page.revision, site.revision FROM site "
            "LEFT JOIN page ON page.site_id = site.id AND page.key = ? WHERE site.id = ?"
        )
        row = self._ask(query, page_key, site_id)
        return (row[0], row[1]) if row else None

    def close(self) -> None:
        """Give the connection back."""
        self._index = None
        with self._lock:
            self._connection.close()

    def _ask(self, query: str, *values: str) -> tuple[int, ...]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchone() or ()
        except sqlite3.OperationalError as error:
            raise Outage("The comments cannot be read at the moment; please try again shortly.") from error


class AnnouncedFreshness:
    """Listens to what PostgreSQL announces; while it cannot, each answer's revisions are compared every time.

    Triggers announce every change that readers may see (migration 0009), so that no way of writing can forget to.
    """

    is_near = False

    def __init__(self, database: Database) -> None:
        self._database = database
        address = database.url.set(drivername="postgresql")
        self._listener = Listener(address.render_as_string(hide_password=False), CHANNEL)
        self._never_the_same = itertools.count(1)
        database.when_closed(self.close)

    def state(self) -> State:
        """Return a number that grows with every announcement, and at once with what this process commits itself."""
        if self._listener.may_have_missed():
            return -next(self._never_the_same)
        return self._listener.heard + self._database.commits

    def revisions(self, site_id: str, page_key: str) -> Revisions | None:
        """Return a page's revision and its site's, as the database itself knows them and not a copy of it."""
        of_page = and_(Page.site_id == Site.id, Page.key == page_key)
        query = select(Page.revision, Site.revision).select_from(Site).outerjoin(Page, of_page)
        with self._database.reading() as db:
            row = db.execute(query.where(Site.id == site_id)).one_or_none()
        return (row[0], row[1]) if row else None

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()


def freshness_of(database: Database) -> Freshness:
    """Return what tells whether a database has changed."""
    return SqliteFreshness(str(database.url.database)) if database.is_sqlite else AnnouncedFreshness(database)
