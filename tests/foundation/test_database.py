"""SQLite's log: who moves it into the file with which library, and what is left in it."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from moderation.foundation.database import Database
from moderation.foundation.sqlite import checkpoints_itself
from tests import make


@pytest.fixture
def database(sqlite_url):
    with closing(Database(sqlite_url)) as database:
        yield database


@pytest.mark.parametrize(
    ("version", "alone"),
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.0", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.0", False),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.0", True),
        ("4.0.0", True),
    ],
)
def test_a_library_that_may_lose_commits_is_known_by_its_version(version, alone):
    assert checkpoints_itself(tuple(int(part) for part in version.split("."))) is alone


def test_no_connection_checkpoints_by_itself_where_the_library_may_lose_commits(database):
    with database.engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA wal_autocheckpoint"))
    assert (pages > 0) is checkpoints_itself()


def test_nobody_can_commit_while_the_log_is_moved(database):
    """Whoever moves it asks from a second connection, and holds the writer's lock with the first."""
    write(database, "canary")
    refused = []

    class Watched(Database):
        @contextmanager
        def _side_connection(self):
            with closing(sqlite3.connect(self.url.database, isolation_level=None, timeout=0)) as stranger:
                try:
                    stranger.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    refused.append(str(error))
            with super()._side_connection() as side:
                yield side

    assert b"canary" not in content(database, "")
    with closing(Watched(str(database.url))) as watched:
        watched.checkpoint()
    assert refused == ["database is locked"]
    assert b"canary" in content(database, "")


def write(database, word):
    with database.transaction() as db:
        make.site(db, key=word)


def content(database, *suffixes):
    return b"".join(Path(f"{database.url.database}{suffix}").read_bytes() for suffix in suffixes)


def test_what_was_deleted_is_in_no_byte_of_file_or_log(database):
    write(database, "canary")
    database.checkpoint()
    with database.transaction() as db:
        db.execute(text("UPDATE site SET key = 'changed'"))
    assert b"canary" in content(database, "", "-wal")
    assert database.empty_log()
    assert b"canary" not in content(database, "", "-wal")
    assert b"changed" in content(database, "")


def test_the_log_is_not_emptied_under_somebody_who_reads(database):
    write(database, "canary")
    with database.reading() as db:
        assert db.scalar(text("SELECT key FROM site")) == "canary"
        for number in range(50):
            write(database, f"site-{number}")
        assert not database.empty_log()
        assert db.scalar(text("SELECT count(*) FROM site")) == 1
    assert database.empty_log()
    with database.reading() as db:
        assert db.scalar(text("SELECT count(*) FROM site")) == 51
