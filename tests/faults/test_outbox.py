"""Workers are killed while they send: no notice is lost, whatever the wake-ups travel by; a dead mail server delays
nothing else (R8)."""

import contextlib
import mailbox
import os
import random
import signal
import socket
import statistics
import threading
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from huey import SqliteHuey
from sqlalchemy import func, select, update

from moderation.app import create_app
from moderation.cli.work import work
from moderation.foundation.database import Database
from moderation.foundation.tokens import new_id
from moderation.notifying.deliver import TRIES, deliver
from moderation.notifying.doorbell import Doorbell
from moderation.records import Notice
from moderation.settings import Settings, load_settings
from tests import make
from tests.cli.serving import until
from tests.faults.scale import IS_LONG, SECONDS, scaled, tell
from tests.faults.servers import own_valkey
from tests.notifying.conftest import MailServer, office
from tests.web.service import COMMENTS, guest_comment

NOTICES, BATCH = (1000, 10) if IS_LONG else (50, 10)
SUBMISSIONS = scaled(8, 400)
pytestmark = pytest.mark.timeout(SECONDS)


@pytest.fixture(scope="module")
def valkey():
    with own_valkey() as valkey:
        yield valkey


@pytest.fixture(params=["sqlite, its file", "sqlite, valkey", "postgresql, itself", "postgresql, valkey"])
def settings(request, tmp_path) -> Settings:
    """An installation on a database, whose wake-ups travel in some way."""
    database, way = request.param.split(", ")
    url = request.getfixturevalue(f"{database}_url")
    redis = request.getfixturevalue("valkey").url if way == "valkey" else ""
    given = {"data": tmp_path / "data", "database_url": url, "redis_url": redis, "secret": "s" * 40}
    (tmp_path / "data").mkdir()
    mailbox.Maildir(tmp_path / "mail", create=True)
    return load_settings(**given, mail_url=f"maildir:{tmp_path / 'mail'}", limited=False, lease_seconds=1)


def write_notices(database: Database, count: int, *, number: int) -> None:
    now = datetime.now(UTC)
    with database.transaction() as db:
        site = make.site(db)
        moderator = make.moderator(db, site)
        make.comment(db, make.page(db, site), make.person(db, site))
        for which in range(count):
            row = {"key": f"{number}:{which}", "channel": "mail", "kind": "waiting", "site_id": site.id}
            db.add(Notice(id=new_id("n", now), moderator_id=moderator.id, due_at=now, created_at=now, **row))


def fork(work) -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            # As the supervisor does: a server that is busy with those who were killed may have no room at first.
            try:
                work()
            except BaseException:
                traceback.print_exc()
            time.sleep(0.2)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def mails(folder: Path) -> Counter[str]:
    """Count the letters that arrived, by their Message-ID."""
    return Counter(mail["Message-ID"] for mail in mailbox.Maildir(folder))


def arrived(folder: Path) -> int:
    return sum(len(list((folder / part).iterdir())) for part in ("new", "cur"))


def test_no_notice_is_lost_when_workers_are_killed(settings, tmp_path):
    folder, database, kills, chance = tmp_path / "mail", Database(settings.database, pool_size=2), 0, random.Random(7)
    doorbell = Doorbell(settings)
    for number in range(NOTICES // BATCH):
        write_notices(database, BATCH, number=number)
        database.close()
        before = arrived(folder)
        pid = fork(partial(work, settings))
        doorbell.ring()
        until(lambda: arrived(folder) > before, 60)  # noqa: B023
        time.sleep(chance.random() / 50)  # where it is hit must differ
        kill(pid)
        kills += 1
    pid = fork(partial(work, settings))
    until(lambda: unfinished(database) == 0, 120)
    kill(pid)
    got = mails(folder)
    way = f"{database.engine.name}, {'Valkey' if settings.redis_url else 'itself'}"
    figures = {"kills": kills, "notices": NOTICES, "arrived": len(got), "twice": sum(got.values()) - len(got)}
    tell("R8", f"kill -9 of workers, wake-ups by {way}", **figures)
    with database.reading() as db:
        told = set(db.scalars(select(Notice.id)))
        # One whose worker was killed sixteen times is given up where the owner sees it, though it arrived.
        given_up = db.scalars(select(Notice.attempts).where(Notice.sent_at.is_(None))).all()
        assert all(attempts > TRIES for attempts in given_up)
    assert {name.strip("<>").partition("@")[0] for name in got} == told
    database.close()


def unfinished(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(select(func.count(Notice.id)).where(Notice.finished.is_(False)))


def test_a_queue_alone_loses_what_a_killed_worker_held(tmp_path):
    """The control: what the outbox is for."""
    huey = SqliteHuey("control", filename=str(tmp_path / "queue.db"), results=False)
    reader, writer = os.pipe()

    @huey.task()
    def send() -> None:
        os.write(writer, b".")
        time.sleep(60)

    send()
    pid = fork(lambda: huey.execute(huey.dequeue()))
    os.read(reader, 1)
    kill(pid)
    assert len(huey) == 0
    for end in (reader, writer):
        os.close(end)
    huey.storage.close()


# --- a dead mail server -----------------------------------------------------------------------------------------------


class Holding:
    """A mail server that takes every connection and never says a word."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._server.getsockname()[1]}"
        self.held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.held.append(self._server.accept()[0])

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)
        for one in self.held:
            one.close()


def posting(client, site: str, name: str) -> list[float]:
    """Post comments whose writers want a mail; return how long each took."""
    times = []
    for number in range(SUBMISSIONS):
        sent = guest_comment(site, body_text=f"{name} {number}", subscribe=True, email=f"{name}{number}@mail.example")
        began = time.perf_counter()
        assert client.post(COMMENTS, json=sent).status_code == 201
        times.append(time.perf_counter() - began)
    return times


def test_a_mail_server_that_is_dead_for_an_hour_delays_nobody_and_every_mail_comes_later(database, tmp_path):
    url = database.url.render_as_string(hide_password=False)
    app = create_app(load_settings(data=tmp_path / "data", database_url=url, secret="s" * 40, limited=False))
    client, server, holding, over = app.test_client(), MailServer(), Holding(), threading.Event()
    with database.transaction() as db:
        site = make.site(db).key
    where = {"office": office(database, server.url)}

    def send() -> None:
        while not over.is_set():
            if not deliver(where["office"], now=datetime.now(UTC), chance=0.0):
                over.wait(0.02)

    senders = [threading.Thread(target=send) for _ in range(2)]
    server.start()
    try:
        for sender in senders:
            sender.start()
        before = posting(client, site, "before")
        until(lambda: len(server.mails) == SUBMISSIONS, 60)
        server.stop()
        # The worst kind: it answers no more, and does not hang up either.
        where["office"] = office(database, holding.url)
        posting(client, site, "first")
        # Both senders wait for the mail server while all of this is posted.
        until(lambda: len(holding.held) >= 2)
        during = posting(client, site, "during")
    finally:
        over.set()
        holding.close()
        for sender in senders:
            sender.join(60)
        server.stop()
    ratio = statistics.median(during) / statistics.median(before)
    tell("R8", f"mail server dead, {database.engine.name}", submissions=SUBMISSIONS, as_slow_as_before=round(ratio, 2))
    # An hour on a clock of the test's own: tried in vain again and again, then it is back.
    begin, dead = datetime.now(UTC), office(database, "smtp://127.0.0.1:1")
    for minute in range(60):
        while deliver(dead, now=begin + timedelta(minutes=minute), chance=0.5):
            pass
    with database.reading() as db:
        waiting = select(Notice.attempts).where(Notice.finished.is_(False))
        attempts = list(db.scalars(waiting))
        assert len(attempts) == 2 * SUBMISSIONS
        # Growing delays: 30 s, one minute, two … so a few tries an hour, not sixty.
        assert 5 <= max(attempts) <= 9
    server.start()
    while deliver(office(database, server.url), now=begin + timedelta(hours=3), chance=0.5):
        pass
    server.stop()
    ids = Counter(str(mail["Message-ID"]) for mail in server.mails)
    assert (len(ids), set(ids.values())) == (3 * SUBMISSIONS, {1})
    with database.reading() as db:
        assert db.scalar(select(func.count(Notice.id)).where(Notice.dead_at.is_not(None))) == 0
    app.extensions["house"].database.close()


def test_a_sender_of_one_lane_leaves_the_others_alone(database):
    write_notices(database, 2, number=0)
    with database.transaction() as db:
        first = db.scalars(select(Notice.id).order_by(Notice.id)).first()
        db.execute(update(Notice).where(Notice.id == first).values(channel="elsewhere"))
    sender = office(database, "smtp://127.0.0.1:1")
    assert deliver(sender, now=datetime.now(UTC), chance=0.0, lane="mail")
    assert not deliver(sender, now=datetime.now(UTC), chance=0.0, lane="mail")
    with database.reading() as db:
        found = db.execute(select(Notice.channel, Notice.attempts))
        assert {row[0]: row[1] for row in found} == {"elsewhere": 0, "mail": 1}
