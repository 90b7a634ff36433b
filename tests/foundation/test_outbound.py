"""The guarded client: one look-up, only checked addresses, and nothing from its surroundings."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.outbound import Answer, Outbound
from tests.foundation.listener import Listener, names

_watched: list[tuple[Any, ...]] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watched is not None:
        _watched.append(arguments[1])
        raise ConnectionRefusedError("seen, and stopped before it leaves the machine")


@pytest.fixture(scope="module")
def audited() -> None:
    """Python tells of every connection before it is made; what listens cannot be taken away again."""
    sys.addaudithook(_watch)


@pytest.fixture
def attempts(audited: None) -> Iterator[list[tuple[Any, ...]]]:
    """Where connections were about to go; none leaves the machine."""
    global _watched
    found: list[tuple[Any, ...]] = []
    _watched = found
    yield found
    _watched = None


def to(listener: Listener) -> Outbound:
    return Outbound(frozenset({listener.place}))


# --- one call ---------------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_whatever_its_status() -> None:
    with Listener(b"HTTP/1.1 404 Not Found\r\nX-Two: a\r\nx-two: b\r\nContent-Length: 4\r\n\r\ngone") as listener:
        answer = to(listener).fetch("GET", f"http://{listener.place}/a?b=c#d")
    assert answer == Answer(status=404, headers=answer.headers, body=b"gone", url=f"http://{listener.place}/a?b=c")
    assert answer.headers["X-TWO"] == answer.headers["x-two"] == "a, b"


def test_a_request_says_what_it_must_and_asks_for_no_packing() -> None:
    given = {"Accept-Encoding": "gzip", "Host": "a.example", "user-agent": "x", "Connection": "keep-alive", "X-A": "b"}
    with Listener() as listener:
        to(listener).fetch("POST", f"http://{listener.place}/a", headers=given | {"Content-Length": "9"}, data=b"12345")
    head, _, body = listener.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a HTTP/1.1"
    assert sorted(lines[1:]) == [
        "Accept-Encoding: identity",
        "Connection: close",
        "Content-Length: 5",
        f"Host: {listener.place}",
        "X-A: b",
        "user-agent: x",
    ]
    assert body == b"12345"


def test_fields_are_sent_as_a_form() -> None:
    with Listener() as listener:
        to(listener).fetch("POST", f"http://{listener.place}/", data={"a": "b&c", "d": "ü"})
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in listener.requests[0]
    assert listener.requests[0].endswith(b"\r\n\r\na=b%26c&d=%C3%BC")


@pytest.mark.parametrize(
    "header", [{"X": "a\r\nY: b"}, {"X": "a\nb"}, {"X\r\nY": "b"}, {"X": "\0"}, {"": "a"}, {"X": "☃"}]
)
def test_a_header_that_would_break_out_of_its_line_is_refused(header: dict[str, str]) -> None:
    with Listener() as listener:
        with pytest.raises(Refused, match="header"):
            to(listener).fetch("GET", f"http://{listener.place}/", headers=header)
        assert listener.visits() == 0


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nX:", ""])
def test_only_common_methods_are_used(method: str) -> None:
    with Listener() as listener:
        with pytest.raises(Refused, match="method"):
            to(listener).fetch(method, f"http://{listener.place}/")
        assert listener.visits() == 0


def test_a_host_without_an_address_is_an_outage() -> None:
    def unknown(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    for resolve in (unknown, lambda *_, **__: []):
        with pytest.raises(Outage, match=r"blog\.example cannot be reached"):
            Outbound(resolve=resolve).fetch("GET", "http://blog.example/")


def test_a_port_where_nobody_listens_is_an_outage() -> None:
    with Listener() as listener:
        pass
    with pytest.raises(Outage, match="cannot be reached"):
        to(listener).fetch("GET", f"http://{listener.place}/")


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_name_is_looked_up_once_and_a_second_answer_would_not_matter(attempts: list[tuple[Any, ...]]) -> None:
    """DNS rebinding: public when it is checked, this machine when it is called."""
    asked: list[str] = []

    def resolve(host: str, port: int, **given: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return names({})("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port, **given)

    with pytest.raises(Outage):
        Outbound(resolve=resolve).fetch("GET", "http://blog.example/")
    assert asked == ["blog.example"]
    assert attempts == [("8.8.8.8", 80)]


def test_the_connection_goes_to_the_checked_address_and_the_name_is_sent() -> None:
    with Listener() as first, Listener(host="127.0.0.2", port=first.port) as second:
        places = iter(["127.0.0.1", "127.0.0.2"])
        client = Outbound(
            frozenset({f"blog.example:{first.port}"}),
            resolve=lambda _host, port, **given: names({})(next(places), port, **given),
        )
        client.fetch("GET", f"http://blog.example:{first.port}/")
        assert f"Host: blog.example:{first.port}\r\n".encode() in first.requests[0]
        assert second.visits() == 0


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00::1"])
def test_one_address_inside_is_enough_to_refuse(inside: str, attempts: list[tuple[Any, ...]]) -> None:
    for addresses in (["8.8.8.8", inside], [inside, "8.8.8.8"], ["2606:4700:4700::1111", "8.8.8.8", inside]):
        with pytest.raises(Refused, match="public internet"):
            Outbound(resolve=names({"blog.example": addresses})).fetch("GET", "http://blog.example/")
    assert attempts == []


def test_the_next_address_is_tried_when_one_does_not_answer(attempts: list[tuple[Any, ...]]) -> None:
    addresses = ["2606:4700:4700::1111", "8.8.8.8", "8.8.8.8", "1.1.1.1"]
    with pytest.raises(Outage):
        Outbound(resolve=names({"blog.example": addresses})).fetch("GET", "https://blog.example/")
    assert attempts == [("2606:4700:4700::1111", 443), ("8.8.8.8", 443), ("1.1.1.1", 443)]


def test_an_exception_is_for_this_very_host_and_port() -> None:
    with Listener() as listener, Listener() as other:
        client = Outbound(frozenset({listener.place}))
        assert client.fetch("GET", f"http://{listener.place}/").body == b"internal"
        for place in (other.place, f"localhost:{listener.port}", f"127.0.0.2:{listener.port}", "127.0.0.1"):
            with pytest.raises(Refused):
                client.fetch("GET", f"http://{place}/")
        assert other.visits() == 0


def test_an_exception_reaches_nothing_but_this_machine(attempts: list[tuple[Any, ...]]) -> None:
    for address in ("10.0.0.1", "169.254.169.254", "8.8.8.8"):
        with pytest.raises(Refused):
            Outbound(frozenset({"blog.example:9000"}), resolve=names({"blog.example": [address]})).fetch(
                "GET", "http://blog.example:9000/"
            )
    assert attempts == []


# --- surroundings -----------------------------------------------------------------------------------------------------


def test_no_proxy_and_no_password_file_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The control is a plain client, which uses both."""
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login a password b\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Listener() as listener, Listener() as proxy:
        url = f"http://{listener.place}/"
        requests.get(url, timeout=10)
        assert b"Authorization: Basic" in listener.requests[0]
        monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
        requests.get(url, timeout=10)
        assert proxy.visits() == 1
        to(listener).fetch("GET", url)
        assert proxy.visits() == 1
    assert b"authorization" not in listener.requests[1].lower()


def test_no_cookie_is_kept() -> None:
    with Listener(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n") as listener:
        client = to(listener)
        for _ in range(2):
            assert client.fetch("GET", f"http://{listener.place}/").headers["Set-Cookie"] == "a=b"
    assert b"cookie" not in listener.requests[1].lower()
