"""Two machines on one PostgreSQL and one Valkey: what one decides the other shows, and Valkey may vanish (R7)."""

import http.client
import json
import mailbox
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from moderation.foundation.database import Database
from moderation.foundation.tokens import Keys, digest, new_token, s256
from moderation.identity.handover import hand_over
from moderation.identity.personal_key import issue
from moderation.records import Attempt, PersonSession, Site, Version
from tests import make
from tests.cli.serving import Serving, until
from tests.faults.scale import SECONDS, scaled, tell
from tests.faults.servers import own_postgresql, own_valkey
from tests.sign_in import provider_keys
from tests.web.service import COMMENTS, guest_comment

CHANGES = scaled(6, 400)
READERS = 12
KEY = "k" * 32
pytestmark = pytest.mark.timeout(SECONDS)


@pytest.fixture(scope="module")
def postgresql():
    with own_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def valkey():
    with own_valkey() as valkey:
        yield valkey


@pytest.fixture(scope="module")
def blog(postgresql):
    """A site, and its owner's key for the API."""
    database = Database(postgresql.url, pool_size=2)
    with database.transaction() as db:
        site = make.site(db, key="blog", moderate="all")
        key = issue(db, make.moderator(db, site), "test", now=datetime.now(UTC))
    database.close()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def machines(postgresql, valkey, blog, tmp_path_factory):
    """Two services as they would run on two machines, with the same secret and limits that both count."""
    folder = tmp_path_factory.mktemp("machines")
    given = {"database_url": postgresql.url, "redis_url": valkey.url, "secret": "s" * 40, "metrics_key": KEY}
    given |= {"limited": "true", "rates__guest": "6/hour", "rates__site": "", "trusted_proxies": '["127.0.0.1/32"]'}
    given |= {"mail_url": f"maildir:{folder / 'mail'}", "rates__like": ""}
    # The second only answers; the first, like a machine of its own, does the background work for both.
    running = [Serving(folder / name, **given, background=name == "first") for name in ("first", "second")]
    try:
        for machine in running:
            machine.wait()
        machines = tuple(running)
        mail = folder / "mail"
        yield (*machines, mail)
        assert [machine.stop() for machine in running] == [0, 0]
    finally:
        for machine in running:
            machine.end()


_addresses = iter(range(1, 250))


def somebody() -> dict[str, str]:
    """The header of a reader at an address of their own."""
    return {"X-Forwarded-For": f"198.51.{next(_addresses)}.7"}


def post(machine, text: str, who=None, **headers):
    return machine.ask(COMMENTS, body=guest_comment("blog", body_text=text), headers=(who or somebody()) | headers)


def post_once(machine, text: str) -> str:
    status, told = post(machine, text)
    assert status == 201, told
    return json.loads(told)["id"]


def decide(machine, blog, comment: str, status: str) -> None:
    sent = {"comments": [comment], "status": status, "reason": ""}
    told = machine.ask("/api/v1/decisions", body=sent, headers=blog)
    assert (told[0], json.loads(told[1])["results"][0]["problem"]) == (200, None)


def shown(machine) -> set[str]:
    return {comment["id"] for comment in json.loads(machine.ask("/api/v1/thread?site=blog&page=/her")[1])["comments"]}


def builds(machine) -> int:
    told = machine.ask("/metrics", headers={"Authorization": f"Bearer {KEY}"})[1].decode()
    lines = [line for line in told.splitlines() if "ready_answers" in line and 'outcome="build"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def test_what_is_approved_on_one_machine_is_read_on_the_other_within_two_seconds(machines, blog):
    first, second, _ = machines
    comment, over, problems = post_once(first, "Across."), threading.Event(), Counter()

    def read() -> None:
        while not over.is_set():
            try:
                problems[second.ask("/api/v1/thread?site=blog&page=/her")[0]] += 1
            except (OSError, http.client.HTTPException) as error:
                problems[type(error).__name__] += 1

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    lags, before = [], builds(second)
    for number in range(CHANGES):
        decide(first, blog, comment, ["approved", "rejected"][number % 2])
        began = time.monotonic()
        until(lambda: (comment in shown(second)) is (number % 2 == 0), 30)  # noqa: B023
        lags.append(time.monotonic() - began)
    built = builds(second) - before
    over.set()
    for reader in readers:
        reader.join(30)
    reads = problems.total()
    figures = {"changes": CHANGES, "builds": built, "reads": reads, "failed": reads - problems[200]}
    tell("R7", "approved on one machine, read on the other", ms_at_most=round(max(lags) * 1000), **figures)
    assert max(lags) < 2
    assert built <= 2 * CHANGES
    assert set(problems) == {200}


def test_limits_are_counted_together_and_a_wake_up_travels(machines, valkey):
    first, second, mail = machines
    mailbox.Maildir(mail, create=True)
    reader = somebody()
    statuses = [post(machine, f"{number}", reader)[0] for number, machine in enumerate((first, second) * 4)]
    assert statuses == [201] * 6 + [429] * 2
    began = time.monotonic()
    before = len(mailbox.Maildir(mail))
    guest = guest_comment("blog", body_text="A subscriber.", subscribe=True, email=f"{new_token()[:8]}@mail.example")
    assert second.started("work") == []
    assert second.ask(COMMENTS, body=guest, headers=somebody())[0] == 201
    until(lambda: len(mailbox.Maildir(mail)) > before)
    print(f"a mail {time.monotonic() - began:.2f} s after it was caused")


def test_valkey_may_be_flushed_filled_with_garbage_and_killed(machines, valkey, postgresql, blog, request):
    first, second, mail = machines
    database = Database(postgresql.url, pool_size=2)
    request.addfinalizer(database.close)
    code, session = one_time_code(database)
    sign_in = {"code": code, "code_verifier": "v" * 43, "attempt": "a" * 22, "site": "blog"}
    origin = {"Origin": make.BLOG}
    status, told = first.ask("/api/v1/token", body=sign_in, headers=origin)
    assert status == 200, told
    signed_in, acknowledged = json.loads(told)["access_token"], []
    # Within a minute the page may ask again, when the answer was lost; that minute is over.
    postgresql.run("UPDATE attempt SET code_used_at = code_used_at - interval '5 minutes'")

    def go_on(stage: str) -> None:
        for number, machine in enumerate((first, second) * 2):
            text, key = f"{stage} {number}", f"{stage}-{number}"
            status, told = post(machine, text, **{"Idempotency-Key": key})
            assert status == 201, (stage, told)
            # The other machine knows the key, whatever has become of Valkey.
            again = post(second if machine is first else first, text, **{"Idempotency-Key": key})
            assert again[0] == 201
            assert json.loads(again[1])["id"] == json.loads(told)["id"]
            acknowledged.append(text)
        # A session that is there still opens, the code that made it does not open another, nor a session that ended.
        reader = {"Authorization": f"Bearer {signed_in}"} | origin
        assert second.ask("/api/v1/me?site=blog", headers=reader)[0] == 200
        assert second.ask("/api/v1/token", body=sign_in, headers=origin)[0] == 422
        assert first.ask("/api/v1/me?site=blog", headers={"Authorization": f"Bearer {session}"})[0] == 401

    before = len(mailbox.Maildir(mail))
    go_on("before")
    with valkey.client() as client:
        client.flushall()
        go_on("flushed")
        garbage(client)
        go_on("garbage")
    valkey.kill()
    go_on("killed")
    valkey.start()
    go_on("back")
    with database.reading() as db:
        bodies = Counter(version.body for version in db.query(Version))
    assert {bodies[text] for text in acknowledged} == {1}
    tell("R7", "Valkey flushed, filled with garbage, killed", acknowledged=len(acknowledged), lost_or_doubled=0)
    # The workers went on too.
    for machine in (first, second):
        guest = guest_comment("blog", body_text="Again.", subscribe=True, email=f"{new_token()[:8]}@mail.example")
        assert machine.ask(COMMENTS, body=guest, headers=somebody())[0] == 201
    until(lambda: len(mailbox.Maildir(mail)) >= before + 2)
    comment = post_once(first, "After all.")
    decide(first, blog, comment, "approved")
    until(lambda: comment in shown(second), 2)


def garbage(client) -> None:
    """Put into every key another kind of value, and into the queue of wake-ups what nobody signed."""
    names = list(client.scan_iter())
    for number, name in enumerate(names):
        client.delete(name)
        if number % 2:
            client.set(name, b"\x80garbage\x00" * 10)
        else:
            client.hset(name, "field", b"\xff")
    for name in (b"huey.redis.moderation", b"huey.moderation"):
        client.delete(name)
        client.rpush(name, b"\x80\x04garbage", b"", b"c__builtin__\nexit\n(tR.")


def one_time_code(database) -> tuple[str, str]:
    """Return a code that opens one session, and the token of a session that was ended."""
    now, token = datetime.now(UTC), new_token("st_")
    with database.transaction() as db:
        site = db.query(Site).filter_by(key="blog").one()
        provider_keys(db, Keys(b"s" * 40), issuer="https://issuer.example")
        person = make.person(db, site)
        db.add(
            Attempt(
                id="a" * 22,
                site_id=site.id,
                provider="demo",
                origin=make.BLOG,
                page=f"{make.BLOG}/her",
                challenge=s256("v" * 43),
                cookie=digest("cookie"),
                state=digest("state"),
                nonce="nonce",
                verifier="w" * 64,
                created_at=now,
                expires_at=now + timedelta(minutes=10),
                taken_at=now,
                person_id=person.id,
            )
        )
        facts = {"person_id": person.id, "site_id": site.id, "origin": make.BLOG, "created_at": now, "seen_at": now}
        db.add(PersonSession(digest=digest(token), revoked_at=now, **facts))
        db.flush()
        return hand_over(db, "a" * 22, cookie="cookie", now=now), token
