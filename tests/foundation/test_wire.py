"""However slowly, however much or however wrongly a server answers, the call ends."""

import gzip
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from moderation.foundation.errors import Outage
from moderation.foundation.outbound import Outbound
from tests.foundation.listener import PLAIN, Listener, endless, plain_get

OK = b"HTTP/1.1 200 OK\r\n"
SOON = 0.5


def fetch(listener: Listener, *, scheme: str = "http", **given: Any) -> bytes:
    client = Outbound(frozenset({listener.place}))
    return client.fetch("GET", f"{scheme}://{listener.place}/", **given).body


# --- slow -------------------------------------------------------------------------------------------------------------

HEADERS = b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\n\r\n"
BODY = b"0123456789abcdefghijklmnopqrst"


def dripping(start: bytes, slowly: bytes) -> Listener:
    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        listener.drip(connection, slowly)

    listener = Listener(answer)
    return listener


def _wait(listener: Listener) -> None:
    listener.closing.wait()


def silent(*, early: bool = False) -> Listener:
    listener = Listener(lambda _connection: _wait(listener), early=early)
    return listener


@pytest.mark.parametrize(
    ("start", "slowly"),
    [
        pytest.param(b"", HEADERS, id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", BODY, id="a body of known length"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", BODY, id="a body until the end"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 4 + b"0\r\n\r\n", id="pieces"
        ),
    ],
)
def test_what_comes_drop_by_drop_is_cut_at_the_deadline(start: bytes, slowly: bytes) -> None:
    """The control is a plain client with the same time-out, which waits to the end: each drop is in time."""
    with dripping(start, slowly) as listener:
        with pytest.raises(Outage, match="too long"):
            fetch(listener, seconds=SOON)
        assert plain_get(f"http://{listener.place}/", timeout=SOON).status_code == 200


def test_a_tls_greeting_that_comes_drop_by_drop_is_cut_at_the_deadline() -> None:
    def answer(connection: socket.socket) -> None:
        listener.drip(connection, b"\x16\x03\x03\x40\x00" + b"\x02" * 100)

    listener = Listener(answer, early=True)
    with listener, pytest.raises(Outage, match="too long"):
        fetch(listener, scheme="https", seconds=SOON)


def test_silence_is_cut_at_the_deadline() -> None:
    with silent() as listener, pytest.raises(Outage, match="too long"):
        fetch(listener, seconds=SOON)


def test_a_server_that_does_not_take_what_is_sent_is_cut_at_the_deadline() -> None:
    with silent(early=True) as listener:
        client = Outbound(frozenset({listener.place}))
        with pytest.raises(Outage, match="too long"):
            client.fetch("POST", f"http://{listener.place}/", data=b"x" * 50_000_000, seconds=SOON)


def test_what_is_taken_bit_by_bit_is_not_sent_beyond_the_deadline() -> None:
    taken: list[int] = []

    def take(connection: socket.socket) -> None:
        for _ in range(40):
            taken.append(len(connection.recv(1024 * 1024)))
            listener.closing.wait(0.05)
        while piece := connection.recv(1024 * 1024):
            taken.append(len(piece))

    data = b"x" * 50_000_000
    listener = Listener(take, early=True)
    client = Outbound(frozenset({listener.place}))
    with listener, pytest.raises(Outage, match="too long"):
        client.fetch("POST", f"http://{listener.place}/", data=data, seconds=SOON)
    assert 0 < sum(taken) < len(data)


def test_a_name_server_that_does_not_answer_is_cut_at_the_deadline() -> None:
    done = threading.Event()

    def resolve(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        done.wait()
        return []

    try:
        with pytest.raises(Outage, match="too long"):
            Outbound(resolve=resolve).fetch("GET", "http://blog.example/", seconds=SOON)
    finally:
        done.set()


def test_redirects_share_one_deadline() -> None:
    def answer(connection: socket.socket) -> None:
        listener.drip(connection, b"HTTP/1.1")
        connection.sendall(b" 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    listener = Listener(answer)
    with listener, pytest.raises(Outage, match="too long"):
        fetch(listener, seconds=1, redirects=100)


def test_no_time_left_is_too_long() -> None:
    with Listener() as listener:
        with pytest.raises(Outage, match="too long"):
            fetch(listener, seconds=0)
        assert listener.visits() == 0


# --- large ------------------------------------------------------------------------------------------------------------


def test_a_body_may_be_as_large_as_its_limit() -> None:
    for head in (b"Content-Length: 1000\r\n\r\n", b"\r\n"):
        with Listener(OK + head + b"x" * 1000) as listener:
            assert len(fetch(listener, limit=1000)) == 1000
            with pytest.raises(Outage, match="more than we take"):
                fetch(listener, limit=999)


def test_a_body_in_tiny_pieces_is_put_together() -> None:
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    with Listener(OK + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\nX-After: 1\r\n\r\n") as listener:
        assert fetch(listener, limit=len(BODY)) == BODY


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(endless(OK + b"\r\n", b"x"), id="a body without a length"),
        pytest.param(endless(OK + b"Content-Length: 99999999999\r\n\r\n", b"x"), id="a body that says how large it is"),
        pytest.param(endless(CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"), id="pieces"),
        pytest.param(endless(CHUNKED, b"1\r\nx\r\n"), id="tiny pieces"),
        pytest.param(endless(CHUNKED + b"FFFFFFFFFFFFFFFF\r\n", b"x"), id="one enormous piece"),
        pytest.param(endless(CHUNKED + b"-1\r\n", b"x"), id="a piece of negative size"),
        pytest.param(endless(CHUNKED + b"1;", b"x"), id="what is said beside a piece"),
        pytest.param(endless(CHUNKED + b"0\r\n", b"X-A: b\r\n"), id="headers after the body"),
        pytest.param(endless(OK, b"X-A: b\r\n"), id="headers"),
        pytest.param(endless(OK + b"X-A: ", b"x"), id="one header"),
        pytest.param(endless(OK + b"X-A: b\r\n", b" c\r\n"), id="one header on many lines"),
        pytest.param(endless(b"HTTP/1.1 200 ", b"x"), id="the first line"),
        pytest.param(endless(b"", b"x"), id="no HTTP at all"),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="go on, go on"),
    ],
)
def test_what_has_no_end_is_ended(answer: Callable[[socket.socket], None]) -> None:
    with Listener(answer) as listener, pytest.raises(Outage, match=r"more than we take|cannot be reached"):
        fetch(listener, limit=1000, seconds=60)


def test_a_large_header_is_refused_although_the_body_might_be_larger() -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 4000) for number in range(90))
    with Listener(OK + lines + b"\r\n") as listener, pytest.raises(Outage, match="more than we take"):
        fetch(listener, limit=1024 * 1024)


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"deflate", b"br", b"zstd", b"identity, gzip", b"gzip, gzip"])
def test_what_is_packed_is_not_unpacked(coding: bytes) -> None:
    """The control is a plain client, which makes ten million bytes of ten thousand."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    head = b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(bomb))
    with Listener(OK + head + bomb) as listener:
        with pytest.raises(Outage):
            fetch(listener, limit=100_000)
        if coding == b"gzip":
            assert len(plain_get(f"http://{listener.place}/").content) == 10_000_000


def test_what_is_packed_on_its_way_is_not_unpacked() -> None:
    with Listener(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") as listener, pytest.raises(Outage):
        fetch(listener)


# --- wrong ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n\r\n", id="empty lines"),
        pytest.param(b"HTTP/1.1\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 999999 OK\r\n\r\n", id="an impossible status"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", id="a status of letters"),
        pytest.param(b"HTTP/3.0 200 OK\r\n\r\n", id="another HTTP"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\nshort", id="a body that was cut"),
        pytest.param(CHUNKED + b"10\r\nshort", id="a piece that was cut"),
        pytest.param(CHUNKED + b"5\r\nshort\r\n", id="a last piece that is missing"),
        pytest.param(CHUNKED + b"zz\r\nshort\r\n", id="a size that is no number"),
        pytest.param(CHUNKED + b"-5\r\nshort\r\n", id="a size below nothing"),
        pytest.param(OK + b"X: \r\n" * 101 + b"\r\n", id="a hundred headers and one"),
    ],
)
def test_what_makes_no_sense_is_an_outage(answer: bytes) -> None:
    with Listener(answer) as listener, pytest.raises(Outage, match="cannot be reached"):
        fetch(listener)


def test_a_plain_answer_is_taken() -> None:
    """The control of all the above."""
    with Listener(PLAIN) as listener:
        assert fetch(listener, seconds=60, limit=1000) == b"internal"
