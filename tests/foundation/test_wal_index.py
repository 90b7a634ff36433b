"""The head of SQLite's WAL-index: another one after each commit, whoever commits; the same while nobody does."""

import sqlite3
import subprocess
import sys

import pytest

from moderation.foundation.wal_index import wal_index

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def connect(file):
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


@pytest.fixture
def file(tmp_path):
    return str(tmp_path / "a b.db")


@pytest.fixture
def reader(file):
    connection = connect(file)
    connection.execute("CREATE TABLE t (n)")
    yield connection
    connection.close()


def test_it_changes_with_every_commit_of_this_process_and_of_others(file, reader):
    head, seen = wal_index(file), set()
    writer = connect(file)
    for number in range(50):
        seen.add(bytes(head))
        writer.execute("INSERT INTO t VALUES (?)", (number,))
    seen.add(bytes(head))
    other = f"import sqlite3; c = sqlite3.connect({file!r}); c.execute('INSERT INTO t VALUES (1)'); c.commit()"
    subprocess.run([sys.executable, "-c", other], check=True)
    seen.add(bytes(head))
    assert len(seen) == 52
    writer.close()


def test_it_changes_when_the_log_begins_anew(file, reader):
    head, writer = wal_index(file), connect(file)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = bytes(head)
    writer.execute("INSERT INTO t VALUES (1)")
    assert bytes(head) != before
    writer.close()


def test_neither_reading_nor_what_is_rolled_back_changes_it(file, reader):
    head, writer = wal_index(file), connect(file)
    before = bytes(head)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO t VALUES (1)")
    assert bytes(head) == before
    writer.execute("ROLLBACK")
    reader.execute("SELECT * FROM t").fetchall()
    assert bytes(head) == before
    writer.close()


def test_where_there_is_none_nothing_is_looked_at(tmp_path, file):
    assert wal_index(file) is None
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute("CREATE TABLE t (n)")
    assert wal_index(str(tmp_path / "plain.db")) is None
    plain.close()
    # The file of an index that nobody here has open.
    (tmp_path / "left.db-shm").write_bytes(bytes(32768))
    assert wal_index(str(tmp_path / "left.db")) is None
