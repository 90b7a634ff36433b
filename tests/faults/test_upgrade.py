"""The former release goes on while the schema is brought to this one's form, and comes back after it (R22)."""

import http.client
import itertools
import json
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from moderation.foundation.columns import Moment
from moderation.foundation.database import Database
from moderation.foundation.tokens import digest, new_token
from moderation.migrations import newest
from tests import make
from tests.cli.serving import Serving, environment
from tests.conftest import create_postgresql
from tests.faults.asking import Asking
from tests.faults.former import former_revision, unpack
from tests.faults.scale import IS_LONG, SECONDS, tell

pytestmark = [
    pytest.mark.skipif(newest() == "0001", reason="there is only the first schema yet"),
    pytest.mark.timeout(SECONDS),
]
HERE = None
"""This release: the folder that the tests run in."""


@pytest.fixture(scope="module")
def former(tmp_path_factory):
    """The folder of the former release's program."""
    revision = former_revision()
    if revision is None:
        pytest.skip("no history here to take the former release from (a shallow or exported tree)")
    return unpack(revision, tmp_path_factory.mktemp("former"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'moderation.db'}"
    server, name = request.getfixturevalue("postgresql_server"), f"moderation_upgrade_{new_token()[:8]}".lower()
    create_postgresql(server, name)
    return make_url(server).set(database=name).render_as_string(hide_password=False)


_numbers = itertools.count()


class Installation:
    """A data folder and a database, whichever release works with it."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.services = []

    def run(self, *words, release=HERE):
        command = [sys.executable, "-m", "moderation", *words]
        given = environment(self.folder / "data", database_url=self.url)
        done = subprocess.run(command, env=given, cwd=release, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self, release=HERE, *, data="data", port=0):
        self.services.append(Serving(self.folder / data, port=port, folder=release, database_url=self.url))
        return self.services[-1].wait()

    def set_up(self, release):
        """Make a site and a moderator with a key, with the former release's own commands; return the key."""
        self.run("migrate", release=release)
        self.run("site", "add", "blog", "--name", "B", "--origin", make.BLOG, release=release)
        owner = ("moderator", "add", "a@blog.example", "--name", "Ann", "--site", "blog", "--role", "owner")
        self.run(*owner, release=release)
        key = new_token("mk_")
        columns = [sa.column(name) for name in ("digest", "moderator_id", "label")]
        keys = sa.table("personal_key", *columns, sa.column("created_at", Moment()))
        with closing(Database(self.url, pool_size=2)) as database, database.transaction() as db:
            owner_id = db.scalar(sa.text("SELECT id FROM moderator"))
            row = {"digest": digest(key), "moderator_id": owner_id, "label": "Test", "created_at": make.NOW}
            db.execute(keys.insert().values(row))
        return key


@contextmanager
def installation(tmp_path, url):
    made = Installation(tmp_path, url)
    try:
        yield made
    finally:
        for service in made.services:
            service.end()


class Load:
    """A client that posts, decides and reads, and goes to the next service where none listens."""

    def __init__(self, key, *services):
        self.services, self._key = list(services), key
        self.failed, self.acknowledged = [], []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_words):
        self._over.set()
        self._thread.join(120)

    def until(self, more):
        """Wait until so many more comments were acknowledged."""
        goal, over = len(self.acknowledged) + more, threading.Event()
        while len(self.acknowledged) < goal:
            assert self._thread.is_alive()
            over.wait(0.02)

    def _run(self):
        while not self._over.is_set():
            body = f"comment {next(_numbers)}"
            asking = Asking(self.services[0], body)
            made = self._ask("/api/v1/comments", 201, asking.document, asking.headers)
            if made:
                self.acknowledged.append(body)
                wanted = {"comments": [made["id"]], "status": "approved"}
                self._ask("/api/v1/decisions", 200, wanted, {"Authorization": f"Bearer {self._key}"})
            self._ask("/api/v1/thread?site=blog&page=/her", 200)

    def _ask(self, path, expected, body=None, headers=()):
        for service in [*self.services] * 2:
            try:
                status, answer = service.ask(path, body=body, headers=headers, seconds=60)
            except (OSError, http.client.HTTPException):
                continue
            if status == expected:
                return json.loads(answer)
            self.failed.append((path, status))
            return None
        self.failed.append((path, "nobody answered"))
        return None


def count_of(url):
    with closing(Database(url, pool_size=2)) as database, database.reading() as db:
        return db.scalar(sa.text("SELECT count(*) FROM comment"))


def test_the_former_release_goes_on_under_the_new_schema_and_comes_back(tmp_path, former, empty_url):
    with installation(tmp_path, empty_url) as place:
        key = place.set_up(former)
        service = place.serve(former)
        with Load(key, service) as load:
            load.until(3)
            place.run("migrate")
            load.until(3)
            assert service.is_ready()
        assert load.failed == []
        # Both releases on the new schema, one after the other, as when a bad release is taken back.
        total, failed = len(load.acknowledged), 0
        assert service.stop() == 0
        for release in (HERE, former):
            service = place.serve(release)
            with Load(key, service) as load:
                load.until(2)
            total, failed = total + len(load.acknowledged), failed + len(load.failed)
            assert service.stop() == 0
        assert count_of(empty_url) == total
        kind = empty_url.partition(":")[0]
        tell("R22", f"former code on the new schema and back, {kind}", comments=total, failed_requests=failed)
        assert failed == 0


def rolling(place, key, former, url, *, one_by_one):
    """Upgrade two services and take it back, under load; return how many requests failed of how many comments."""
    services = [place.serve(former, data=f"data-{number}") for number in (1, 2)]
    with Load(key, *services) as load:
        load.until(5)
        place.run("migrate")
        for release in (HERE, former):
            for stopped in [[0], [1]] if one_by_one else [[0, 1]]:
                for number in stopped:
                    assert load.services[number].stop() == 0
                for number in stopped:
                    port = load.services[number].port
                    load.services[number] = place.serve(release, data=f"data-{number + 1}", port=port)
                load.until(3)
    assert count_of(url) == len(load.acknowledged)
    return len(load.acknowledged), len(load.failed)


@pytest.mark.skipif(not IS_LONG, reason="starts two services three times; ./run faults does it")
@pytest.mark.parametrize("one_by_one", [True, False])
def test_two_machines_are_upgraded_one_after_the_other_without_a_failed_request(
    tmp_path, former, postgresql_server, one_by_one
):
    """The control stops both and starts both."""
    name = f"moderation_rolling_{new_token()[:8]}".lower()
    create_postgresql(postgresql_server, name)
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with installation(tmp_path, url) as place:
        comments, failed = rolling(place, place.set_up(former), former, url, one_by_one=one_by_one)
    title = "upgraded and taken back one by one" if one_by_one else "control: stopped and started"
    tell("R22", f"two services on PostgreSQL, {title}", comments=comments, failed_requests=failed)
    assert (failed == 0) is one_by_one
