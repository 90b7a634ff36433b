"""A backup of either database, put into an empty one of either, is the same in every row; a bad one changes nothing."""

import gzip
import json
import sqlite3
from contextlib import closing
from itertools import count

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from moderation.foundation.database import Database
from moderation.migrations import is_current, newest
from moderation.records import Record
from tests.cli.terminal import Terminal
from tests.conftest import create_postgresql
from tests.moving.everything import content, fill

SECRET = "a secret key that is long enough for this"
_numbers = count(1)


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsys):
    return Terminal(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture
def new_place(request, tmp_path):
    """Make the address of a database without tables."""
    made = []

    def make(kind):
        name = f"moderation_moving_{tmp_path.name.replace('-', '_')}_{next(_numbers)}"[:60].lower()
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        server = request.getfixturevalue("postgresql_server")
        create_postgresql(server, name)
        made.append((server, name))
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield make
    for server, name in made:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def opened(url):
    return closing(Database(url, pool_size=2))


def everything_in(url):
    with opened(url) as database:
        return content(database)


def filled(url):
    with opened(url) as database:
        return fill(database)


@pytest.fixture
def archive(terminal, postgresql_url, tmp_path):
    """A backup of PostgreSQL in which every table has rows."""
    filled(postgresql_url)
    terminal.run("backup", str(tmp_path / "archive"), database_url=postgresql_url, secret=SECRET)
    return tmp_path / "archive"


@pytest.fixture
def copy(terminal, sqlite_url, tmp_path):
    """A backup of SQLite in which every table has rows."""
    filled(sqlite_url)
    terminal.run("backup", str(tmp_path / "copy"), database_url=sqlite_url, secret=SECRET)
    return tmp_path / "copy"


def test_all_rows_go_from_sqlite_to_postgresql_and_back(terminal, sqlite_url, new_place, tmp_path):
    rows = filled(sqlite_url)
    before = everything_in(sqlite_url)
    assert all(before.values())
    place = sqlite_url
    for kind in ("postgresql", "postgresql", "sqlite", "sqlite"):
        file, place, former = tmp_path / f"backup-{next(_numbers)}", new_place(kind), place
        assert "keep MODERATION_SECRET too" in terminal.run("backup", str(file), database_url=former, secret=SECRET)
        said = terminal.run("restore", str(file), database_url=place, secret=SECRET)
        assert f"{rows:,} rows" in said
        assert "everybody stays signed in" in said
        assert everything_in(place) == before
        with opened(place) as database:
            assert is_current(database)
            assert still_guarded(database)
        assert oct(file.stat().st_mode)[-3:] == "600"


def still_guarded(database):
    """What rows point to is looked at in the transaction that writes them, as before."""
    if database.is_sqlite:
        with database.engine.connect() as connection:
            return connection.execute(text("PRAGMA foreign_key_check")).all() == []
    with database.engine.connect() as connection:
        late = text("SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable ORDER BY conname")
        return connection.scalars(late).all() == ["fk_submission_comment_id"]


def test_the_same_rows_make_the_same_archive(terminal, archive, postgresql_url, tmp_path):
    terminal.run("backup", str(tmp_path / "again"), database_url=postgresql_url, secret=SECRET)
    first, second = (gzip.decompress(file.read_bytes()).splitlines()[1:-1] for file in (archive, tmp_path / "again"))
    assert first == second


def test_a_copy_of_sqlite_can_be_opened_as_it_is(copy):
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM comment").fetchone() == (3,)


def damaged(content, how):
    middle = len(content) // 2
    return {
        "half": content[:middle],
        "all but the last byte": content[:-1],
        "nothing": b"",
        "one byte is another": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "something behind": content + b"\n",
        "another file": b"A letter.\n" * 1000,
        "only its beginning is right": content[:16] + b"x" * 5000,
    }[how]


DAMAGES = ["half", "all but the last byte", "nothing", "one byte is another", "another file"]
DAMAGES += ["something behind", "only its beginning is right"]


@pytest.mark.parametrize("form", ["archive", "copy"])
def test_a_damaged_backup_is_refused_and_changes_nothing(request, terminal, tmp_path, form):
    whole = request.getfixturevalue(form).read_bytes()
    for how in DAMAGES:
        (tmp_path / "bad").write_bytes(damaged(whole, how))
        said = terminal.refused("restore", str(tmp_path / "bad"))
        assert any(word in said for word in ("incomplete", "damaged", "not made by moderation backup")), how
        assert "\n" not in said
        assert not (tmp_path / "data").exists()


def rewritten(file, tmp_path, change):
    """A whole archive again, with other lines."""
    from moderation.foundation.checksum import Checksum

    lines = change(gzip.decompress(file.read_bytes()).splitlines(keepends=True)[:-1])
    checksum = Checksum()
    for line in lines:
        checksum.add(line)
    end = json.dumps({"end": 1, "sha256": checksum.words}).encode() + b"\n"
    (tmp_path / "rewritten").write_bytes(gzip.compress(b"".join([*lines, end])))
    return tmp_path / "rewritten"


def test_what_cannot_be_put_in_leaves_nothing_behind(terminal, archive, new_place, tmp_path):
    """The last row of all points to nothing: the rows before it go too."""

    def point_nowhere(lines):
        last = max(number for number, line in enumerate(lines) if line.startswith(b"["))
        return [*lines[:last], lines[last].replace(b"comment-2", b"comment-9"), *lines[last + 1 :]]

    for kind in ("sqlite", "postgresql"):
        place = new_place(kind)
        bad = rewritten(archive, tmp_path, point_nowhere)
        assert "not fit together" in terminal.refused("restore", str(bad), database_url=place)
        assert not any(everything_in(place).values())
    terminal.run("restore", str(archive), database_url=place)


def test_a_backup_of_a_newer_release_is_refused(terminal, archive, new_place, tmp_path):
    def come_from_the_future(lines):
        return [json.dumps(json.loads(lines[0]) | {"revision": f"{int(newest()) + 1:04}"}).encode() + b"\n", *lines[1:]]

    newer = rewritten(archive, tmp_path, come_from_the_future)
    assert "newer release" in terminal.refused("restore", str(newer), database_url=new_place("sqlite"))


def test_a_database_in_use_is_not_written_over(terminal, archive, postgresql_url):
    before = everything_in(postgresql_url)
    assert "not empty" in terminal.refused("restore", str(archive), database_url=postgresql_url)
    assert everything_in(postgresql_url) == before


def test_a_service_that_was_started_once_but_never_used_may_be_restored_into(terminal, archive, new_place):
    place = new_place("sqlite")
    terminal.run("setup", database_url=place)
    terminal.run("restore", str(archive), database_url=place)


def test_nothing_is_restored_while_the_service_runs(terminal, archive, new_place, tmp_path):
    from moderation.cli.serve import only_one

    with only_one(tmp_path / "data"):
        assert "already running" in terminal.refused("restore", str(archive), database_url=new_place("sqlite"))


def test_what_depends_on_the_secret_key_is_told(terminal, archive, new_place):
    assert "put the secret key of then into" in terminal.run("restore", str(archive), database_url=new_place("sqlite"))
    other = terminal.run("restore", str(archive), database_url=new_place("sqlite"), secret=SECRET[::-1])
    assert "is not the one of then" in other


@pytest.mark.parametrize("form", ["archive", "copy"])
def test_a_restored_database_knows_its_secret_key_before_anything_starts(request, terminal, new_place, form):
    place, other = new_place("postgresql"), SECRET[::-1]
    terminal.run("restore", str(request.getfixturevalue(form)), database_url=place, secret=SECRET)
    assert "is not the one" in terminal.refused("work", database_url=place, secret=other)
    assert "is not the one" not in terminal.enter("doctor", database_url=place, secret=SECRET)[1]
    terminal.run("setup", "--new-secret", database_url=place, secret=other)
    assert "is not the one" not in terminal.enter("doctor", database_url=place, secret=other)[1]


def test_a_backup_tells_the_secret_key_also_when_the_shell_does_not_have_it(terminal, archive, new_place, tmp_path):
    place = new_place("postgresql")
    terminal.run("restore", str(archive), database_url=place, secret=SECRET)
    terminal.run("backup", str(tmp_path / "again"), database_url=place)
    said = terminal.run("restore", str(tmp_path / "again"), database_url=new_place("sqlite"), secret=SECRET)
    assert "everybody stays signed in" in said


def test_an_empty_place_is_not_backed_up(terminal, tmp_path, new_place):
    assert "nothing to back up" in terminal.refused("backup", str(tmp_path / "file"))
    assert "nothing to back up" in terminal.refused("backup", str(tmp_path / "file"), database_url=new_place("sqlite"))
    assert not (tmp_path / "file").exists()


def test_a_backup_that_cannot_be_written_leaves_nothing(terminal, sqlite_url, tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "taken").touch()
    assert "exists already" in terminal.refused("backup", str(folder / "taken"), database_url=sqlite_url)
    nowhere = tmp_path / "no" / "file"
    said = terminal.refused("backup", str(nowhere), database_url=sqlite_url)
    assert said == f"{nowhere} cannot be written: No such file or directory."
    assert "give the file a name" in terminal.refused("backup", "", database_url=sqlite_url)
    assert [file.name for file in folder.iterdir()] == ["taken"]


def test_no_table_of_a_backup_counts_by_itself(postgresql_url):
    """A sequence would have to be set after a restore; there is none."""
    with opened(postgresql_url) as database, database.engine.connect() as connection:
        default = text("SELECT table_name FROM information_schema.columns WHERE column_default LIKE 'nextval%'")
        assert not set(connection.scalars(default)) & set(Record.backed_up())
        identity = text("SELECT table_name FROM information_schema.columns WHERE is_identity = 'YES'")
        assert not set(connection.scalars(identity)) & set(Record.backed_up())
