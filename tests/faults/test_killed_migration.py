"""A migration that is killed, at whichever statement, and run again, leaves exactly the schema it should (R23)."""

import json
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url

from moderation.foundation.database import Database
from moderation.migrations import newest, upgrade
from tests.conftest import create_postgresql
from tests.faults.scale import IS_LONG, SECONDS, tell

pytestmark = [
    pytest.mark.skipif(newest() == "0001", reason="there is only the first schema yet"),
    pytest.mark.timeout(SECONDS),
]
# The short form begins with the first schema that was ever served, and takes a few points of all.
START = "base" if IS_LONG else "0001"


def at_start(url):
    """Bring a database to where the migration begins."""
    if START != "base":
        with closing(Database(url, pool_size=2)) as database:
            upgrade(database, START)
            database.checkpoint()


def kill(**given):
    """Kill and run again; return all points, and those after which something was wrong."""
    command = [sys.executable, "-m", "tests.faults.killer", json.dumps({"legacy": False, "stride": 1} | given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tried = [json.loads(line) for line in done.stdout.splitlines()]
    return [point["point"] for point in tried], [point["point"] for point in tried if point["wrong"]]


@pytest.fixture
def sqlite_places(tmp_path):
    template = tmp_path / "template.db"
    at_start(f"sqlite:///{template}")
    return {"template": str(template), "url": f"sqlite:///{tmp_path / 'moderation.db'}"}


def test_killed_on_sqlite(sqlite_places):
    points, wrong = kill(**sqlite_places, stride=1 if IS_LONG else 6)
    tell("R23", f"killed migration from {START}, sqlite", points=len(points), wrong_schema=len(wrong))
    assert len(points) > 3
    assert wrong == []


def test_killed_on_postgresql(postgresql_server, tmp_path):
    names = [f"moderation_{word}_{tmp_path.name.replace('-', '_')}"[:60].lower() for word in ("start", "killed")]
    urls = [make_url(postgresql_server).set(database=name).render_as_string(hide_password=False) for name in names]
    create_postgresql(postgresql_server, names[0])
    try:
        at_start(urls[0])
        places = {"server": postgresql_server, "template": names[0], "url": urls[1]}
        points, wrong = kill(**places, stride=1 if IS_LONG else 11)
    finally:
        with psycopg.connect(postgresql_server, autocommit=True) as connection:
            for name in names:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    tell("R23", f"killed migration from {START}, postgresql", points=len(points), wrong_schema=len(wrong))
    assert len(points) > 3
    assert wrong == []


def test_statements_that_commit_themselves_leave_half_a_schema(sqlite_places):
    """The control: what Python's legacy transactions do with CREATE and ALTER."""
    points, wrong = kill(**sqlite_places, legacy=True, stride=1 if IS_LONG else 9)
    tell("R23", f"control: legacy transactions from {START}, sqlite", points=len(points), wrong_schema=len(wrong))
    assert wrong
