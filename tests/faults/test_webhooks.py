"""Bad webhooks hold up nobody but themselves, and lead nowhere inside (R9)."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import delete, func, select, update

from moderation.foundation.database import Database
from moderation.foundation.outbound import Outbound
from moderation.foundation.tokens import new_id
from moderation.journey import edit, prepare, receive
from moderation.notifying.channel import Letter, NotDelivered
from moderation.notifying.channels.webhook import post
from moderation.notifying.deliver import deliver, lanes
from moderation.records import Moderator, Notice, Site, Webhook
from tests import make
from tests.cli.serving import until
from tests.faults.scale import SECONDS, scaled, tell
from tests.foundation.authority import Authority
from tests.foundation.hostile import HOSTS, INSIDE_4, INSIDE_6, URLS
from tests.foundation.listener import Listener, names
from tests.foundation.test_reachable import REALLY_INSIDE, as_the_machine_reads
from tests.notifying.conftest import MailServer
from tests.notifying.receiver import Receiver, office, webhook
from tests.test_journey import arrive

EVENTS, PATIENCE = scaled(15, 1500), scaled(120, 1800)
SENDERS = 4
# Enough to hold every sender of bad ones, and all but one of those of good ones.
NEW, TURNED = SENDERS + 2, SENDERS - 1
pytestmark = pytest.mark.timeout(SECONDS)


# --- one hangs, the others go on --------------------------------------------------------------------------------------


class Hanging:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.held.append(self._server.accept()[0])

    def close(self) -> None:
        """Let go of all who wait."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)
        for one in self.held:
            one.close()


class Scene:
    """A site with one good webhook, and many that hang; some of these had worked before."""

    def __init__(self, database: Database, good: Receiver, hanging: Hanging, mail: str) -> None:
        self.database, self.good, self.hanging = database, good, hanging
        self.office = office(database, good.place, hanging.place, mail=mail, seconds=600)
        now = datetime.now(UTC)
        with database.transaction() as db:
            self.site = make.site(db, edit_window=1440)
            owner = make.moderator(db, self.site)
            self._add(db, owner, good.url, worked_at=now)
            for number in range(NEW + TURNED):
                address = f"http://{hanging.place}/{number}"
                self._add(db, owner, address, worked_at=now if number < TURNED else None)

    def _add(self, db: Any, owner: Moderator, address: str, **values: Any) -> None:
        made = webhook(db, self.site, address, owner=owner)
        db.execute(update(Webhook).where(Webhook.id == made.id).values(**values))

    def happens(self) -> None:
        """Let a comment wait, and be edited again and again."""
        with self.database.transaction() as db:
            site = db.get_one(Site, self.site.id)
            comment_id = receive(db, site, arrive(site), now=datetime.now(UTC)).comment.id
        for number in range(EVENTS - 1):
            with self.database.transaction() as db:
                edit(db, comment_id, prepare(f"Text {number}."), now=datetime.now(UTC))

    @contextlib.contextmanager
    def sending(self, *ways: str | None) -> Iterator[None]:
        """Send as the worker does, with some senders for each lane."""
        over = threading.Event()

        def send(lane: str | None) -> None:
            while not over.is_set():
                if not deliver(self.office, now=datetime.now(UTC), chance=0.0, lane=lane):
                    over.wait(0.02)

        senders = [threading.Thread(target=send, args=(lane,)) for lane in ways for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            over.set()
            self.hanging.close()
            for sender in senders:
                sender.join(30)

    def tried(self) -> int:
        """Return how many calls have come to an end in vain."""
        with self.database.reading() as db:
            return db.scalar(select(func.count(Webhook.id)).where(Webhook.failures > 0)) or 0


@pytest.fixture
def scene(database: Database) -> Iterator[Scene]:
    server = MailServer()
    server.start()
    with Receiver() as good:
        yield Scene(database, good, Hanging(), server.url)
    server.stop()


def test_a_good_webhook_and_mails_go_on_while_others_hang(scene: Scene) -> None:
    scene.happens()
    with scene.sending(*lanes(["mail", "webhook"])):
        until(lambda: len(scene.hanging.held) == SENDERS + TURNED)
        until(lambda: len(scene.good.received) == EVENTS, PATIENCE)
        until(lambda: _sent(scene.database, "mail") == 1)
        # All of that while every call to a bad one was still under way, one at a time for each.
        assert scene.tried() == 0
        assert len(scene.hanging.held) == SENDERS + TURNED
    tell("R9", f"hanging webhooks, {scene.database.engine.name}", hang=NEW + TURNED, arrived_meanwhile=EVENTS)


def test_many_senders_call_a_webhook_one_at_a_time_and_lose_nothing(scene: Scene) -> None:
    with scene.database.transaction() as db:
        db.execute(delete(Webhook).where(Webhook.url != scene.good.url))
    scene.happens()
    with scene.sending("webhook", "webhook"):
        until(lambda: _sent(scene.database, "webhook") == EVENTS, PATIENCE)
    assert len({headers["webhook-id"] for headers, _ in scene.good.received}) == len(scene.good.received) == EVENTS
    assert scene.good.together == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_lanes_of_their_own_bad_ones_hold_up_all(scene: Scene) -> None:
    """The control: the same number of senders, and each takes what comes first."""
    scene.happens()
    with scene.sending(None, None):
        until(lambda: len(scene.hanging.held) == 2 * SENDERS)
        arrived = len(scene.good.received)
        assert arrived < EVENTS
    tell("R9", "control: without lanes", hang=NEW + TURNED, arrived_meanwhile=arrived)


def _sent(database: Database, channel: str) -> int:
    with database.reading() as db:
        sent = select(func.count(Notice.id)).where(Notice.channel == channel, Notice.sent_at.is_not(None))
        return db.scalar(sent) or 0


# --- bad answers ------------------------------------------------------------------------------------------------------


def letter(address: str) -> Letter:
    headers = {"webhook-id": "n_1"}
    facts = {"name": "", "subject": "", "html": "", "sent_at": make.NOW}
    return Letter(id="n_1", address=address, text="{}", headers=headers, **facts)


def refusing(address: str, outbound: Outbound, *, seconds: float = 5) -> str:
    with pytest.raises(NotDelivered) as failure:
        post(outbound, letter(address), seconds=seconds)
    assert not failure.value.permanent
    return failure.value.problem


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda connection: connection.close(), "cannot be reached"),
        (HEAD + b"Content-Length: 100\r\n\r\nhalf", "cannot be reached"),
        (HEAD + b"\r\n" + b"x" * 10_000_000, "more than we take"),
        (HEAD + b"Content-Length: 10000000\r\n\r\n", "more than we take"),
        (b"SSH-2.0-OpenSSH\r\n", "cannot be reached"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "cannot be reached"),
    ],
)
def test_a_bad_answer_is_a_failure_that_is_tried_again(answer: Any, said: str) -> None:
    with Listener(answer) as bad:
        assert said in refusing(f"http://{bad.place}/", Outbound(frozenset({bad.place})))


def test_one_where_nobody_listens_or_that_answers_too_slowly_is_a_failure() -> None:
    with Listener() as gone:
        pass
    assert "cannot be reached" in refusing(f"http://{gone.place}/", Outbound(frozenset({gone.place})))
    with Listener(lambda connection: slow.drip(connection, HEAD * 1000)) as slow:
        outbound = Outbound(frozenset({slow.place}))
        assert "took too long" in refusing(f"http://{slow.place}/", outbound, seconds=0.5)


def test_a_certificate_of_another_name_is_a_failure_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for host, arrives in (("other.example", False), ("hooks.example", True)):
        with Listener(HEAD + b"Content-Length: 0\r\n\r\n", tls=authority.server(host)) as listener:
            place = f"hooks.example:{listener.port}"
            outbound = Outbound(frozenset({place}), resolve=names({"hooks.example": ["127.0.0.1"]}))
            if arrives:
                assert post(outbound, letter(f"https://{place}/")).status == 200
            else:
                assert "certificate of hooks.example" in refusing(f"https://{place}/", outbound)
        assert len(listener.requests) == (1 if arrives else 0)


# --- addresses inside -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    """A server that only this machine should reach."""
    with Listener() as listener:
        yield listener


def test_a_redirect_inside_is_not_followed(inside: Listener) -> None:
    before = inside.visits()
    for status in (301, 302, 303, 307, 308):
        answer = f"HTTP/1.1 {status} Over there\r\nLocation: http://{inside.place}/\r\nContent-Length: 0\r\n\r\n"
        with Listener(answer.encode()) as listener:
            said = refusing(f"http://{listener.place}/", Outbound(frozenset({listener.place})))
            assert f"another address ({status})" in said
    assert inside.visits() == before


def test_no_address_leads_a_webhook_inside(inside: Listener) -> None:
    before, tried = inside.visits(), 0
    ports = frozenset({80, inside.port})
    reads_all = Outbound(resolve=as_the_machine_reads, ports=ports)
    addresses = [f"{scheme}://{host}:{inside.port}/" for host in HOSTS for scheme in ("https", "http")]
    addresses += [url.replace("{port}", str(inside.port)) for url in URLS]
    for address in addresses:
        refusing(address, reads_all)
        tried += 1
    for number in (*INSIDE_4, *INSIDE_6):
        # Also beside a public address, and for a name whose address changes between two looks.
        for known in ([number], ["8.8.8.8", number], [number, "8.8.8.8"]):
            outbound = Outbound(resolve=names({"hooks.example": known}), ports=ports)
            assert "public internet" in refusing(f"https://hooks.example:{inside.port}/", outbound)
            tried += 1
    assert inside.visits() == before
    tell("R9", "addresses inside", tried=tried, connections=inside.visits() - before)
    assert tried > 1000


def test_a_plain_client_is_led_inside(inside: Listener) -> None:
    """The control: without the guard these do arrive."""
    before = inside.visits()
    with requests.Session() as plain:
        plain.trust_env = False
        for host in REALLY_INSIDE:
            plain.post(f"http://{host}:{inside.port}/", json={}, timeout=30)
    assert inside.visits() == before + len(REALLY_INSIDE)
    tell("R9", "control: plain client", tried=len(REALLY_INSIDE), connections=inside.visits() - before)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_webhook_whose_name_leads_inside_fails_where_its_owner_sees_why(database: Database) -> None:
    now = datetime.now(UTC)
    with database.transaction() as db:
        site = make.site(db)
        made = webhook(db, site, "https://localhost:8443/", owner=make.moderator(db, site))
        comment = make.comment(db, make.page(db, site), make.person(db, site))
        row = {"id": new_id("n", now), "channel": "webhook", "kind": "webhook", "site_id": site.id, "due_at": now}
        about = {"comment_id": comment.id, "webhook_id": made.id, "details": {"event": "comment.waiting"}}
        db.add(Notice(**row, **about, key="one", created_at=now))
    assert deliver(office(database), now=now, chance=0.0, lane="doubtful webhook")
    with database.reading() as db:
        assert db.get_one(Webhook, made.id).problem == "localhost is not on the public internet, so it is not called."
