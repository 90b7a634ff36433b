"""The configuration for nginx that is shipped: valid, true to the second, and blind to what is private."""

import http.client
import json
import re
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation.app import create_app
from moderation.foundation.database import Database
from moderation.foundation.tokens import digest, new_token
from moderation.records import ModeratorSession, Site, Status
from moderation.settings import load_settings
from tests import make
from tests.cli.serving import serving, until
from tests.nginx import HOST, adapted, complaint, find_nginx, front
from tests.web.service import COMMENTS, decide, guest_comment, session_token

THREAD = "/api/v1/thread?site=blog&page=/her"


@pytest.fixture(scope="module")
def nginx(meeting_place):
    found = find_nginx(meeting_place)
    if not found:
        pytest.skip("no nginx: install it (Debian: sudo apt install nginx-light), or NGINX=/path/to/nginx ./run test")
    return found


@pytest.fixture(scope="module")
def scene(nginx, sqlite_template, tmp_path_factory):
    """The service behind nginx, one blog, one page."""
    folder = tmp_path_factory.mktemp("nginx")
    url = f"sqlite:///{folder / 'moderation.db'}"
    (folder / "moderation.db").write_bytes(sqlite_template.read_bytes())
    database = Database(url)
    with database.transaction() as db:
        make.moderator(db, make.site(db, key="blog", moderate="all"), password="x")
    database.close()
    given = {"database_url": url, "secret": "s" * 40, "trusted_proxies": '["127.0.0.1/32"]', "metrics_key": "k" * 20}
    with serving(folder / "data", **given) as service, front(nginx, folder / "front", service.port) as running:
        app = create_app(load_settings(data=folder / "data", database_url=url, secret="s" * 40))
        yield Scene(running, app.extensions["house"])
        app.extensions["house"].database.close()


class Scene:
    """A browser before nginx, and the house behind it."""

    def __init__(self, front, house) -> None:
        self.front, self.house = front, house
        self.tls = ssl.create_default_context(cafile=str(front.authority))

    def ask(self, path, *, method="GET", body=None, headers=(), source="127.0.0.1"):
        connection = _Reaching(HOST, self.front.port, context=self.tls, source=source)
        try:
            sent = None if body is None else json.dumps(body)
            named = dict(headers) | ({"Content-Type": "application/json"} if sent else {})
            connection.request(method, path, sent, named)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def approved(self, text="A fine review."):
        answer, told = self.ask(COMMENTS, method="POST", body=guest_comment("blog", body_text=text))
        assert answer.status == 201
        comment = json.loads(told)["id"]
        decide(self.house, comment, Status.approved)
        return comment

    def shown(self):
        return {comment["id"] for comment in json.loads(self.ask(THREAD)[1])["comments"]}


class _Reaching(http.client.HTTPSConnection):
    """Reaches this machine whatever the name, as a name server would say."""

    def __init__(self, host, port, *, context, source) -> None:
        super().__init__(host, port, timeout=20, context=context)
        self._source = source

    def connect(self) -> None:
        plain = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(self._source, 0))
        plain.connect()
        self.sock = self._context.wrap_socket(plain.sock, server_hostname=self.host)


def test_it_is_valid_and_only_its_places_are_the_testers(nginx, scene, tmp_path):
    from tests.foundation.authority import Authority

    Authority(tmp_path).server(HOST)
    file = tmp_path / "nginx.conf"
    file.write_text(adapted(tmp_path, service=8000, port=8443, plain=8080))
    assert complaint(nginx, file).startswith("0: ")


def test_it_serves_threads_submissions_and_the_dashboard(scene):
    comment = scene.approved()
    until(lambda: comment in scene.shown())
    answer, body = scene.ask("/dashboard/sign-in")
    assert (answer.status, b"password" in body) == (200, True)
    plain = http.client.HTTPConnection("127.0.0.1", scene.front.plain_port, timeout=10)
    plain.request("GET", THREAD, headers={"Host": HOST})
    assert plain.getresponse().headers["Location"] == f"https://{HOST}{THREAD}"
    plain.close()
    assert scene.ask("/metrics", headers={"Authorization": f"Bearer {'k' * 20}"})[0].status == 404


def test_answers_come_in_the_form_that_was_ready_and_304_too(scene):
    scene.approved("word " * 300)
    # Within one second, so that the cache holds all three at once.
    while time.time() % 1 > 0.3:
        time.sleep(0.01)
    told = {form: scene.ask(THREAD, headers={"Accept-Encoding": form}) for form in ("br, gzip", "gzip", "br;q=0", "")}
    forms = [answer.headers.get("Content-Encoding") for answer, _ in told.values()]
    assert forms == ["br", "gzip", None, None]
    assert all(answer.headers["Vary"] == "Accept-Encoding" for answer, _ in told.values())
    tag = told["br, gzip"][0].headers["ETag"]
    known, body = scene.ask(THREAD, headers={"Accept-Encoding": "br", "If-None-Match": tag})
    assert (known.status, body) == (304, b"")


def test_what_was_withdrawn_is_gone_with_its_second(scene):
    for _ in range(2):
        comment = scene.approved()
        until(lambda comment=comment: comment in scene.shown())
        decide(scene.house, comment, Status.rejected)
        second = int(time.time())
        while int(time.time()) == second:
            scene.shown()
        assert comment not in scene.shown()


def test_most_reads_of_a_second_neither_reach_the_service_nor_stand_in_the_log(scene):
    lines = len(scene.front.log.read_text().splitlines())
    ids = [scene.ask(THREAD)[0].headers["X-Request-Id"] for _ in range(60)]
    last = scene.ask("/health/live")[0].headers["X-Request-Id"]
    until(lambda: last in scene.front.log.read_text())
    reads = [line.split() for line in scene.front.log.read_text().splitlines()[lines:] if "/thread" in line]
    # Whatever reached the service can be found in both logs.
    assert [line[1] for line in reads] == [one for one in ids if one]
    assert len(reads) < 30
    assert "HIT" not in {line[-1] for line in reads}


def test_nothing_private_is_ever_kept(scene):
    token, _ = session_token(scene.house, "blog", name="Alice")
    bearer = {"Authorization": f"Bearer {token}"}
    answer, told = scene.ask("/api/v1/me?site=blog", headers=bearer)
    assert (answer.status, b"Alice" in told) == (200, True)
    assert scene.ask("/api/v1/me?site=blog")[0].status == 401
    cookie = sign_in(scene.house)
    for path in ("/dashboard/", "/dashboard/account"):
        answer, own = scene.ask(path, headers={"Cookie": f"moderator={cookie}"})
        assert answer.status == 200
        assert "no-store" in answer.headers["Cache-Control"]
        stranger, told = scene.ask(path)
        assert stranger.status == 303
        assert own not in told
    lines = [line.split() for line in scene.front.log.read_text().splitlines()]
    private = [line[-1] for line in lines if line[3].startswith(("/dashboard", "/api/v1/me"))]
    assert set(private) == {"-"}


def sign_in(house):
    """Return the cookie of a moderator's session."""
    token, now = new_token(), house.now()
    with house.database.transaction() as db:
        moderator = make.moderator(db, db.query(Site).filter_by(key="blog").one())
        moments = {"created_at": now, "seen_at": now, "confirmed_at": now}
        db.add(ModeratorSession(digest=digest(token), moderator_id=moderator.id, **moments))
    return token


def test_the_readers_own_address_is_limited_and_not_the_one_that_a_stranger_claims(scene):
    def send(number):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}"}
        sent = guest_comment("blog", body_text="")
        return scene.ask(COMMENTS, method="POST", body=sent, headers=claimed, source="127.0.0.9")[0].status

    told = set()
    with ThreadPoolExecutor(16) as pool:
        # Ten a second and forty at once are let through, however slow this machine is.
        until(lambda: told.update(pool.map(send, range(100))) or 429 in told)
    assert scene.ask(COMMENTS, method="POST", body=guest_comment("blog"), source="127.0.0.10")[0].status == 201


def test_each_answer_has_an_id_that_the_log_repeats_without_addresses_queries_or_tokens(scene):
    answer, _ = scene.ask("/setup/a-secret-code?site=canary")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert len(answer.headers.get_all("X-Request-Id")) == 1

    def line():
        lines = scene.front.log.read_text().splitlines()
        return next((line for line in lines if answer.headers["X-Request-Id"] in line), None)

    found = until(line)
    assert " /setup 404 " in found
    assert not {word for word in ("canary", "secret", "127.0.0.1") if word in found}
