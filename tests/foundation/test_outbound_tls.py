"""A name's certificate is checked although the connection goes to an address."""

import pytest

from moderation.foundation.errors import Outage
from moderation.foundation.outbound import Outbound
from tests.foundation.authority import Authority
from tests.foundation.listener import Listener, names

HOST = "blog.example"


def fetch(listener: Listener) -> bytes:
    place = f"{HOST}:{listener.port}"
    client = Outbound(frozenset({place}), resolve=names({HOST: ["127.0.0.1"]}))
    return client.fetch("GET", f"https://{place}/").body


def test_a_certificate_for_the_name_is_taken_and_the_name_is_sent(authority: Authority) -> None:
    asked: list[str | None] = []
    context = authority.server(HOST)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with Listener(tls=context) as listener:
        assert fetch(listener) == b"internal"
    assert asked == [HOST]
    assert f"Host: {HOST}:{listener.port}\r\n".encode() in listener.requests[0]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", "a.blog.example", "*.blog.example", "*.example.blog"])
def test_a_certificate_for_another_name_is_not_taken(authority: Authority, host: str) -> None:
    with Listener(tls=authority.server(host)) as listener, pytest.raises(Outage, match=r"certificate of blog\.example"):
        fetch(listener)
    assert listener.requests == []


def test_a_certificate_that_nobody_vouches_for_is_not_taken(authority: Authority) -> None:
    with Listener(tls=authority.server(HOST, own=True)) as listener, pytest.raises(Outage, match="certificate"):
        fetch(listener)
    assert listener.requests == []


def test_a_certificate_of_an_authority_that_nobody_knows_is_not_taken(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with Listener(tls=authority.server(HOST)) as listener, pytest.raises(Outage, match="certificate"):
        fetch(listener)
    assert listener.requests == []


def test_a_certificate_that_has_expired_is_not_taken(authority: Authority) -> None:
    with Listener(tls=authority.server(HOST, days=-1)) as listener, pytest.raises(Outage, match="certificate"):
        fetch(listener)
    assert listener.requests == []


def test_a_server_without_tls_is_an_outage() -> None:
    with Listener(early=True) as listener, pytest.raises(Outage, match="cannot be reached"):
        fetch(listener)
