"""PostgreSQL restarts, crashes, and loses the answer to a COMMIT: nothing is lost and nothing doubled (R6).

And its copies: what is read there is never older than what was committed before.
"""

import http.client
import json
import signal
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from moderation.app import create_app
from moderation.doctor.database import look_at_database
from moderation.foundation.database import Database
from moderation.foundation.errors import Outage
from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import digest
from moderation.records import Comment, SetupCode, Site, Status, Version
from moderation.settings import load_settings
from tests import make
from tests.cli.serving import serving, until
from tests.faults.scale import SECONDS, scaled, tell
from tests.faults.servers import own_postgresql
from tests.web.service import COMMENTS, decide, guest_comment

RESTARTS = scaled(4, 200)
pytestmark = pytest.mark.timeout(SECONDS)


@pytest.fixture(scope="module")
def server():
    with own_postgresql() as server:
        yield server


@pytest.fixture
def own(server):
    """A database on the server, as a web process holds it."""
    database = Database(server.url, pool_size=8)
    yield database
    database.close()


def row(name: str) -> dict[str, Any]:
    """A row of a table that rests on no other, with a key that is not given twice."""
    return {"digest": digest(name), "expires_at": make.NOW, "created_at": make.NOW}


def stored(server) -> int:
    return server.run("SELECT count(*) FROM setup_code")[0][0]


# --- restarts ---------------------------------------------------------------------------------------------------------


def write_during_restarts(server, database, *, write, restarts: int) -> tuple[int, int]:
    """Write from four threads while the server restarts, by turns in order and by a crash; return done and refused."""
    done, refused, over = Counter(), Counter(), threading.Event()
    with database.transaction() as db:
        db.execute(text("TRUNCATE setup_code"))

    def work(writer: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            name = f"{writer} {number}"
            try:
                write(database, lambda db: insert_missing(db, SetupCode, **row(name)))  # noqa: B023
                done[writer] += 1
            except Outage:
                refused[writer] += 1

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for number in range(restarts):
        before = done.total() + refused.total()
        until(lambda: done.total() + refused.total() > before + 50)  # noqa: B023
        server.restart(signal.SIGQUIT if number % 2 else signal.SIGINT)
    over.set()
    for thread in threads:
        thread.join(60)
    return done.total(), refused.total()


def test_nobody_notices_that_the_server_restarts_under_writes(server, own):
    done, refused = write_during_restarts(server, own, write=lambda own, work: own.write(work), restarts=RESTARTS)
    tell("R6", "PostgreSQL restarts under writes", restarts=RESTARTS, written=done, refused=refused)
    assert refused == 0
    assert stored(server) == done


def test_without_another_try_writes_are_refused(server):
    """The control: the test above can fail."""

    def once(database, work):
        with database.transaction() as db:
            return work(db)

    impatient = Database(server.url, pool_size=8, patience=0)
    done, refused = write_during_restarts(server, impatient, write=once, restarts=2)
    impatient.close()
    tell("R6", "control: no other try", restarts=2, written=done, refused=refused)
    assert refused > 0
    # A COMMIT whose answer was lost may have counted.
    assert stored(server) >= done


def test_in_a_long_outage_people_are_told_at_once(server, own):
    """Only whoever meets its beginning waits."""
    own.write(lambda db: db.execute(text("SELECT 1")))
    server.stop()
    try:
        with pytest.raises(Outage):
            own.write(lambda db: db.execute(text("SELECT 1")))
        began = time.monotonic()
        for _ in range(5):
            with pytest.raises(Outage), own.reading() as db:
                db.execute(text("SELECT 1"))
        assert time.monotonic() - began < 1
    finally:
        server.start()
    own.write(lambda db: db.execute(text("SELECT 1")))


# --- an unknown outcome -----------------------------------------------------------------------------------------------


@contextmanager
def losing_the_answer_to_commit(server):
    """Stand between, and hang up once, instead of handing on that a transaction was committed; give the address."""
    cut = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def pump(source, target, is_answer):
        with suppress(OSError):
            while data := source.recv(65536):
                if is_answer and b"COMMIT\0" in data and not cut.is_set():
                    cut.set()
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def accept():
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(str(server.socket / ".s.PGSQL.5432"))
                sockets.extend((client, behind))
                for pair in ((client, behind, False), (behind, client, True)):
                    threads.append(threading.Thread(target=pump, args=pair, daemon=True))
                    threads[-1].start()

    sockets = [listener]
    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield f"postgresql://postgres@127.0.0.1:{listener.getsockname()[1]}/moderation", cut
    finally:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in (acceptor, *threads):
            thread.join(10)


def test_a_commit_whose_answer_is_lost_counts_once(server, own, tmp_path):
    with own.transaction() as db:
        site = make.site(db).key
    with losing_the_answer_to_commit(server) as (url, cut):
        app = create_app(load_settings(data=tmp_path / "data", database_url=url, secret="s" * 40, limited=False))
        told = app.test_client().post(COMMENTS, json=guest_comment(site, body_text="Once."))
        app.extensions["house"].database.close()
    assert cut.is_set()
    assert told.status_code == 201
    with own.reading() as db:
        assert db.scalars(select(Comment.id).join(Version).where(Version.body == "Once.")).all() == [told.json["id"]]


def test_without_a_key_a_commit_whose_answer_is_lost_counts_twice(server, own):
    """The control: the answer is really lost, and the second try really made."""
    numbers = iter(range(100))
    with losing_the_answer_to_commit(server) as (url, cut):
        database = Database(url, pool_size=1)
        before = stored(server)
        database.write(lambda db: db.execute(insert(SetupCode).values(row(f"no key {next(numbers)}"))))
        database.close()
    assert cut.is_set()
    assert stored(server) == before + 2


# --- a copy -----------------------------------------------------------------------------------------------------------


def test_a_copy_is_read_only_where_it_is_not_behind(server, tmp_path):
    copy = server.copy()
    given = {"data": tmp_path / "data", "database_url": server.url, "secret": "s" * 40, "limited": False}
    app = create_app(load_settings(**given, replica_url=copy.url))
    house, client = app.extensions["house"], app.test_client()
    with house.database.transaction() as db:
        site = make.site(db)
        key = site.key
        comment = make.comment(db, make.page(db, site, key="/her"), make.person(db, site)).id
    addresses = [
        f"/api/v1/thread?site={key}&page=/her",
        f"/api/v1/recent?site={key}",
        f"/feeds/{key}.atom",
        f"/fragment?site={key}&page=/her",
    ]

    def shown() -> list[bool]:
        return ["A fine review." in client.get(address).text for address in addresses]

    def reads_copy() -> bool:
        with house.database.public() as db:
            return bool(db.scalar(text("SELECT pg_is_in_recovery()")))

    assert until(reads_copy)
    looked = look_at_database(load_settings(**given, replica_url=copy.url))
    assert "The copy of the database is reachable" in [result.said for result in looked]
    decide(house, comment, Status.approved)
    assert shown() == [True] * 4
    # It stops following; what is withdrawn now, it still shows.
    copy.run("SELECT pg_wal_replay_pause()")
    decide(house, comment, Status.rejected)
    assert shown() == [False] * 4
    stale = Database(copy.url, pool_size=1)
    with stale.reading() as db:
        assert db.get_one(Comment, comment).status is Status.approved
        assert db.get_one(Site, db.get_one(Comment, comment).site_id).key == key
    stale.close()
    assert not reads_copy()
    copy.run("SELECT pg_wal_replay_resume()")
    until(reads_copy)
    # It is gone altogether.
    copy.stop()
    decide(house, comment, Status.approved)
    assert shown() == [True] * 4
    house.database.close()


# --- the whole service ------------------------------------------------------------------------------------------------


def test_a_service_goes_on_after_a_restart_and_doubles_nothing(server, own, tmp_path):
    with own.transaction() as db:
        key = make.site(db, moderate="all").key
    with serving(tmp_path / "data", database_url=server.url) as service:
        acknowledged, refused, over = [], Counter(), threading.Event()

        def post(client: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                body = f"service {client} {number}"
                while not over.is_set():
                    headers = {"Idempotency-Key": body.replace(" ", "-")}
                    try:
                        status, _ = service.ask(COMMENTS, body=guest_comment(key, body_text=body), headers=headers)
                    except (OSError, http.client.HTTPException):
                        status = 0
                    if status == 201:
                        acknowledged.append(body)
                        break
                    refused[status] += 1

        threads = [threading.Thread(target=post, args=(client,)) for client in range(4)]
        for thread in threads:
            thread.start()
        for number in range(RESTARTS // 2):
            before = len(acknowledged)
            until(lambda: len(acknowledged) > before + 5)  # noqa: B023
            server.restart(signal.SIGQUIT if number % 2 else signal.SIGINT)
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before + 5)
        over.set()
        for thread in threads:
            thread.join(60)
        shown = json.loads(service.ask(f"/api/v1/thread?site={key}&page=/her")[1])
    figures = {"restarts": RESTARTS // 2, "acknowledged": len(acknowledged), "told_to_come_again": refused.total()}
    tell("R6", "PostgreSQL restarts under a service", **figures)
    assert set(refused) <= {503}
    assert shown["comments"] == []
    with own.reading() as db:
        counted = Counter(db.scalars(select(Version.body).where(Version.body.startswith("service "))))
    assert [body for body in acknowledged if counted[body] != 1] == []
    assert set(counted.values()) == {1}
