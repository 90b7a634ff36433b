"""Slow clients hold up nobody behind nginx; without a proxy readers go on, and writers are told to come again (R19)."""

import http.client
import ssl
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from moderation.foundation.database import Database
from moderation.records import Status
from moderation.web.whole_bodies import WholeBodies
from tests import make
from tests.cli.serving import serving
from tests.faults.scale import IS_LONG, scaled, tell
from tests.nginx import HOST, find_nginx, front

CLIENTS = scaled(200, 1_000)
ASKED = scaled(100, 2_000)
# In the short form other tests run beside; what is blocked would take for ever.
BAR_SECONDS = 0.1 if IS_LONG else 5.0
READS = ("/api/v1/thread?site=blog&page=/her", "/api/v1/counts?site=blog&page=/her", "/health/live")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="many addresses of one machine"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def service(tmp_path, sqlite_url):
    database = Database(sqlite_url)
    with database.transaction() as db:
        site = make.site(db, key="blog")
        make.moderator(db, site, password="x")
        page = make.page(db, site, key="/her")
        for _ in range(100):
            person = make.person(db, site)
            make.comment(db, page, person, body="word " * 100, status=Status.approved)
    database.close()
    with serving(tmp_path / "data", database_url=sqlite_url) as running:
        yield running


@contextmanager
def slow_clients(port, authority=""):
    script = Path(__file__).with_name("slow.py")
    command = [sys.executable, str(script), str(port), str(CLIENTS), *([str(authority)] if authority else [])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.kill()
        process.wait(20)
        process.stdin.close()
        process.stdout.close()


def healthy(connect, paths=READS):
    """Ask again and again on one connection, as a browser does; return how long each answer took, in order."""
    connection, times = connect(), []
    for number in range(ASKED):
        began = time.perf_counter()
        connection.request("GET", paths[number % len(paths)], headers={"Accept-Encoding": "br"})
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - began)
        assert answer.status == 200
    connection.close()
    return sorted(times)


def slowest(what, times):
    p99 = times[int(len(times) * 0.99) - 1]
    figures = {"median_ms": round(statistics.median(times) * 1000, 1), "p99_ms": round(p99 * 1000, 1)}
    tell("R19", f"slow clients, {what}", clients=CLIENTS, **figures)
    return p99


def test_behind_nginx_healthy_readers_do_not_notice_slow_clients(service, tmp_path, meeting_place):
    nginx = find_nginx(meeting_place)
    if not nginx:
        pytest.skip("no nginx: install it (Debian: sudo apt install nginx-light)")
    with front(nginx, tmp_path / "front", service.port) as running:
        tls = ssl.create_default_context(cafile=str(running.authority))

        def connect():
            plain = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
            plain.connect()
            plain.sock = tls.wrap_socket(plain.sock, server_hostname=HOST)
            return plain

        with slow_clients(running.port, running.authority):
            assert slowest("behind nginx", healthy(connect)) <= BAR_SECONDS
            # The dashboard is not cached: these go to the service each time.
            assert slowest("behind nginx, not cached", healthy(connect, ["/dashboard/sign-in"])) <= BAR_SECONDS * 2


def test_without_a_proxy_readers_go_on_and_writers_are_told_to_come_again(service):
    def connect():
        return http.client.HTTPConnection("localhost", service.port, timeout=20)

    with slow_clients(service.port):
        assert slowest("without a proxy", healthy(connect)) <= BAR_SECONDS
        connection = connect()
        connection.request(
            "POST", "/api/v1/preview", '{"site": "blog", "body": "x"}', {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["Content-Type"] == "application/problem+json"
        connection.close()
    assert service.process.poll() is None
    assert len(service.started("web-1")) == 1


class _Slow:
    """A body that does not come until it is let."""

    def __init__(self) -> None:
        self.come = threading.Event()

    def read(self, length):
        self.come.wait(20)
        return b"x" * length


def ask(app, body, told):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10", "wsgi.input": body}
    told.append(b"".join(app(environ, lambda status, headers: told.append(status))))


def plain(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [])
    return [body]


def test_of_slow_bodies_only_as_many_as_there_are_slots_hold_a_thread():
    app, slow, told = WholeBodies(plain, slots=2, limit=100), _Slow(), []
    holding = [threading.Thread(target=ask, args=(app, slow, told)) for _ in range(2)]
    for thread in holding:
        thread.start()
    try:
        answers = []
        while not answers or answers[0] == "200 OK":
            answers.clear()
            quick = _Slow()
            quick.come.set()
            ask(app, quick, answers)
        assert answers[0].startswith("503")
    finally:
        slow.come.set()
        for thread in holding:
            thread.join(20)
    assert told.count("200 OK") == 2
    assert told.count(b"x" * 10) == 2


def test_a_body_that_breaks_off_is_refused_and_not_worked_on():
    worked_on, told = [], []
    app = WholeBodies(lambda environ, start: worked_on.append(environ), slots=2, limit=100)
    ask(app, BytesIO(b"half"), told)
    assert told[0] == "400 Bad Request"
    assert b"broke off" in told[1]
    assert worked_on == []


def test_without_slots_each_slow_body_holds_a_thread():
    """The control: nothing else keeps them from it."""
    slow, told = _Slow(), []
    holding = [threading.Thread(target=ask, args=(plain, slow, told)) for _ in range(8)]
    for thread in holding:
        thread.start()
    try:
        for thread in holding:
            thread.join(0.05)
        assert all(thread.is_alive() for thread in holding)
        assert told == []
    finally:
        slow.come.set()
        for thread in holding:
            thread.join(20)
