"""Our way from Granian to a WSGI application: requests arrive as they were sent, and what is ready waits for nobody."""

import http.client
import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

THREADS = 2


@contextmanager
def echo(*words):
    command = [sys.executable, "-m", "tests.foundation.echo", str(THREADS), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield process, int(process.stdout.readline())
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()


@pytest.fixture(scope="module")
def running():
    with echo() as process_and_port:
        yield process_and_port


@pytest.fixture
def port(running):
    return running[1]


def ask(port, method, path, body=None, headers=()):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer, told


def test_a_request_arrives_as_it_was_sent(port):
    told = json.loads(ask(port, "PUT", "/caf%C3%A9?q=%20a", b"abc", {"X-Own": "1", "Content-Type": "text/x"})[1])
    assert told["REQUEST_METHOD"] == "PUT"
    assert told["PATH_INFO"].encode("latin-1").decode() == "/café"
    assert (told["QUERY_STRING"], told["body"]) == ("q=%20a", "abc")
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["HTTP_X_OWN"]) == ("text/x", "3", "1")
    assert (told["REMOTE_ADDR"], told["SERVER_PORT"]) == ("127.0.0.1", str(port))
    assert (told["HTTP_HOST"], told["wsgi.url_scheme"]) == (f"127.0.0.1:{port}", "http")
    assert "HTTP_CONTENT_TYPE" not in told


def test_large_and_chunked_bodies_arrive_whole(port):
    large = bytes(range(256)) * 1200
    assert json.loads(ask(port, "POST", "/", large)[1])["body"].encode("latin-1") == large
    assert json.loads(ask(port, "POST", "/", iter([b"ab", b"c" * 70_000]))[1])["body"] == "ab" + "c" * 70_000
    assert json.loads(ask(port, "POST", "/", b"")[1])["body"] == ""


def test_a_body_that_is_there_before_anybody_asks_for_it_arrives_too():
    with echo("late") as (_, port):
        assert json.loads(ask(port, "POST", "/", b"short")[1])["body"] == "short"
        assert json.loads(ask(port, "POST", "/", iter([b"ab", b"c" * 70_000]))[1])["body"] == "ab" + "c" * 70_000


def test_of_headers_given_twice_both_arrive_and_none_stands_in_for_another(port):
    lines = ["GET / HTTP/1.1", "Host: x", "Cookie: a=1", "Cookie: b=2", "X-Two: 1", "X-Two: 2", "X-Real: me"]
    told = raw(port, [*lines, "X_Real: you", "Connection: close"])
    assert (told["HTTP_COOKIE"], told["HTTP_X_TWO"], told["HTTP_X_REAL"]) == ("a=1; b=2", "1,2", "me")


def test_a_header_that_cannot_be_read_is_not_taken_for_missing(port):
    lines = ["GET / HTTP/1.1", "Host: x", "X-Key: schlüssel", "X_Own: schlüssel", "X-Two: ü", "X-Two: 2"]
    told = raw(port, [*lines, "Connection: close"])
    assert (told["HTTP_X_KEY"], told["HTTP_X_TWO"]) == ("\xff", "2")
    assert "HTTP_X_OWN" not in told
    assert "" not in told


def raw(port, lines):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_what_fails_is_answered_500_and_the_next_is_answered(port):
    assert ask(port, "GET", "/fails")[0].status == 500
    assert ask(port, "GET", "/")[0].status == 200


def test_what_is_ready_waits_for_no_thread(running):
    process, port = running
    with ThreadPoolExecutor(THREADS + 1) as pool:
        slow = [pool.submit(ask, port, "GET", "/slow") for _ in range(THREADS)]
        assert [process.stdout.readline() for _ in slow] == ["slow\n"] * THREADS
        # No thread is left for this one.
        waiting = pool.submit(ask, port, "GET", "/")
        answer, _ = ask(port, "HEAD", "/ready?a=%C3%A9", headers={"X-Word": "please"})
        assert (answer.status, answer.headers["X-Query"]) == (200, "a=%C3%A9")
        assert ask(port, "GET", "/ready", headers={"X-Word": "please"})[1] == b"GET"
        assert not waiting.done()
        ask(port, "GET", "/let")
        assert {one.result()[0].status for one in (*slow, waiting)} == {200}


def half_a_body(port):
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhal")
    return client


def test_a_short_body_on_its_way_holds_no_thread(port):
    for _ in range(3 * THREADS):
        half_a_body(port).close()
    for _ in range(2):
        # Once these are answered it is known which broke off; they take nobody's place.
        assert ask(port, "POST", "/", b"whole")[0].status == 200
    slow = [half_a_body(port) for _ in range(THREADS)]
    assert ask(port, "GET", "/")[0].status == 200
    for client in slow:
        client.sendall(b"way")
        assert b'"body": "halway"' in b"".join(iter(lambda client=client: client.recv(65536), b""))
        client.close()
