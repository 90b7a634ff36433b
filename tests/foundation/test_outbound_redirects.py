"""Redirects are checked like the first address, and nobody else gets what was meant for one."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.outbound import Outbound
from tests.foundation.authority import Authority
from tests.foundation.listener import PLAIN, Listener, names, plain_get


def to(*listeners: Listener) -> Outbound:
    return Outbound(frozenset(listener.place for listener in listeners))


def redirect(place: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()


@contextmanager
def serving(answers: Mapping[str, bytes]) -> Iterator[Listener]:
    """A server whose answer depends on the path."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(answers[listener.requests[-1].split()[1].decode()])

    with Listener(answer) as listener:
        yield listener


def test_a_redirect_is_an_answer_unless_it_is_to_be_followed() -> None:
    with serving({"/": redirect("/a", 301), "/a": PLAIN}) as listener:
        assert to(listener).fetch("GET", f"http://{listener.place}/").status == 301
        followed = to(listener).fetch("GET", f"http://{listener.place}/", redirects=1)
    assert (followed.status, followed.url) == (200, f"http://{listener.place}/a")


@pytest.mark.parametrize("form", ["http://{0}/", "//{0}/", "http://localhost:{1}/", "http://2130706433:{1}/"])
def test_a_redirect_inside_is_refused_while_a_plain_client_follows(form: str) -> None:
    with Listener() as inside:
        place = form.format(inside.place, inside.port)
        with Listener(redirect(place)) as outside:
            with pytest.raises(Refused):
                to(outside).fetch("GET", f"http://{outside.place}/", redirects=5)
            assert inside.visits() == 0
            assert plain_get(f"http://{outside.place}/").text == "internal"
            assert inside.visits() == 1


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://a.example/", "http://a:b@a.example/", "http://[::1", "\\\\a"]
)
def test_a_redirect_to_what_is_not_called_is_refused(place: str) -> None:
    with Listener(redirect(place)) as listener, pytest.raises(Refused):
        to(listener).fetch("GET", f"http://{listener.place}/", redirects=5)


def test_redirects_end_at_their_limit() -> None:
    with serving({"/": redirect("/1"), "/1": redirect("/2"), "/2": redirect("/3"), "/3": PLAIN}) as listener:
        url = f"http://{listener.place}/"
        assert to(listener).fetch("GET", url, redirects=3).body == b"internal"
        with pytest.raises(Outage, match="too often"):
            to(listener).fetch("GET", url, redirects=2)
    assert [request.split()[1] for request in listener.requests[-3:]] == [b"/", b"/1", b"/2"]


def test_no_secret_follows_a_redirect_to_somebody_else() -> None:
    secrets = {"Authorization": "Bearer a", "Cookie": "b=c", "X-Signature": "d", "DPoP": "e", "Accept": "text/html"}
    with Listener() as other, serving({"/": redirect("/same"), "/same": redirect(f"http://{other.place}/")}) as first:
        to(first, other).fetch("GET", f"http://{first.place}/", headers=secrets, redirects=2)
    for request in first.requests:
        assert all(f"{name}: {value}\r\n".encode() in request for name, value in secrets.items())
    sent = {line.partition(b":")[0].lower() for line in other.requests[0].split(b"\r\n")[1:] if line}
    assert sent == {b"host", b"accept-encoding", b"connection", b"user-agent", b"accept"}


@pytest.mark.parametrize(
    ("status", "line", "body"), [(302, b"GET /a", b""), (303, b"GET /a", b""), (307, b"POST /a", b"x=y")]
)
def test_a_body_is_sent_again_only_where_it_should_be(status: int, line: bytes, body: bytes) -> None:
    with serving({"/": redirect("/a", status), "/a": PLAIN}) as listener:
        to(listener).fetch("POST", f"http://{listener.place}/", data={"x": "y"}, redirects=1)
    second = listener.requests[1]
    assert second.startswith(line)
    assert second.partition(b"\r\n\r\n")[2] == body
    assert (b"content-type" in second.lower()) is bool(body)


def test_a_body_is_never_sent_on_to_somebody_else() -> None:
    with Listener() as other, Listener(redirect(f"http://{other.place}/", 307)) as first:
        with pytest.raises(Refused, match="somebody else"):
            to(first, other).fetch("POST", f"http://{first.place}/", data=b"secret", redirects=1)
        assert other.visits() == 0


def test_a_redirect_may_name_its_place_beyond_ascii() -> None:
    with serving({"/": redirect("/über"), "/%C3%BCber": PLAIN}) as listener:
        assert to(listener).fetch("GET", f"http://{listener.place}/", redirects=1).body == b"internal"


def test_encryption_is_not_given_up(authority: Authority) -> None:
    with Listener() as other, Listener(redirect(f"http://{other.place}/"), tls=authority.server("localhost")) as first:
        client = Outbound(
            frozenset({f"localhost:{first.port}", other.place}), resolve=names({"localhost": ["127.0.0.1"]})
        )
        with pytest.raises(Refused, match="without encryption"):
            client.fetch("GET", f"https://localhost:{first.port}/", redirects=1)
        assert other.visits() == 0
