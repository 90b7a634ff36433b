"""No spelling of an address inside leads inside: nobody arrives there, while a plain client does."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.outbound import Outbound
from moderation.foundation.reachable import find_addresses, is_public, read_target
from tests.foundation.hostile import HOSTS, INSIDE_4, INSIDE_6, OUTSIDE, URLS, spellings, wrapped
from tests.foundation.listener import Listener, names, plain_get

PORT = 80
# What the C library and plain clients on every Linux lead to 127.0.0.1.
REALLY_INSIDE = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0", "[::ffff:127.0.0.1]"]


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    """A server that only this machine should reach."""
    with Listener() as listener:
        yield listener


def as_the_machine_reads(host: str, port: int, **given: Any) -> list[tuple[Any, ...]]:
    """Read every spelling of an address as generously as the C library does, without asking a name server."""
    try:
        return list(socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST, **given))
    except OSError:
        return list(socket.getaddrinfo("127.0.0.1", port, **given))


def guarded(listener: Listener) -> Outbound:
    """A client for which the listener's port is as good as any, so that the address alone is what is refused."""
    return Outbound(resolve=as_the_machine_reads, ports=frozenset({PORT, listener.port}))


def test_the_tables_are_long() -> None:
    assert len(set(HOSTS)) > 300
    assert len(set(URLS)) > 50


@pytest.mark.parametrize("host", HOSTS, ids=ascii)
def test_no_host_leads_inside(inside: Listener, host: str) -> None:
    before = inside.visits()
    with pytest.raises(Refused):
        guarded(inside).fetch("GET", f"http://{host}:{inside.port}/", seconds=5)
    assert inside.visits() == before


@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url)[:60])
def test_no_url_leads_inside(inside: Listener, url: str) -> None:
    before = inside.visits()
    with pytest.raises(Refused):
        guarded(inside).fetch("GET", url.replace("{port}", str(inside.port)), seconds=5)
    assert inside.visits() == before


@pytest.mark.parametrize("address", [*INSIDE_4, *INSIDE_6])
def test_no_name_that_has_an_address_inside_is_called(inside: Listener, address: str) -> None:
    before = inside.visits()
    client = Outbound(resolve=names({"blog.example": [address]}), ports=frozenset({inside.port}))
    with pytest.raises(Refused, match="public internet"):
        client.fetch("GET", f"http://blog.example:{inside.port}/")
    assert inside.visits() == before


@pytest.mark.parametrize("host", REALLY_INSIDE)
def test_a_plain_client_is_led_inside(inside: Listener, host: str) -> None:
    """The control: these spellings do arrive, if nobody refuses them."""
    before = inside.visits()
    assert plain_get(f"http://{host}:{inside.port}/").text == "internal"
    assert inside.visits() == before + 1


def test_the_control_is_part_of_the_table() -> None:
    assert set(REALLY_INSIDE) <= set(HOSTS)


@pytest.mark.parametrize("address", [*INSIDE_4, *INSIDE_6])
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_name_with_a_public_address_may_be_called(address: str) -> None:
    target = read_target("https://blog.example/a")
    found = find_addresses(
        target, exceptions=frozenset(), ports=frozenset({443}), resolve=names({"blog.example": [address]})
    )
    assert found == (ip_address(address),)


def test_a_zone_makes_an_address_unreachable() -> None:
    assert not is_public(ip_address("2606:4700:4700::1111%eth0"))


@pytest.mark.parametrize("host", [*spellings("8.8.8.8"), *wrapped("8.8.8.8")], ids=ascii)
def test_a_public_address_is_called_in_its_plain_spelling_only(host: str) -> None:
    with pytest.raises(Refused):
        Outbound(resolve=as_the_machine_reads).fetch("GET", f"http://{host}/")


@pytest.mark.parametrize("port", [1, 21, 22, 25, 110, 465, 587, 3306, 5432, 6379, 8000, 9200, 11211, 27017, 65535])
def test_a_port_that_serves_no_web_is_not_called(port: int) -> None:
    with pytest.raises(Refused, match="ports 80, 443, 8080, 8443"):
        Outbound(resolve=names({"blog.example": ["8.8.8.8"]})).fetch("GET", f"http://blog.example:{port}/")


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://Blog.Example", "http://blog.example/"),
        ("https://blog.example:443/a", "https://blog.example/a"),
        ("https://blog.example:80/a", "https://blog.example:80/a"),
        ("http://blog.example?q=1#top", "http://blog.example/?q=1"),
        ("http://bücher.example/über?ä=ö", "http://xn--bcher-kva.example/%C3%BCber?%C3%A4=%C3%B6"),
        ("http://xn--bcher-kva.example/%C3%BCber", "http://xn--bcher-kva.example/%C3%BCber"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:4700:0::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("http://127.0.0.1.blog.example/", "http://127.0.0.1.blog.example/"),
        ('http://blog.example/a"b<c>{d}|e^f`g', "http://blog.example/a%22b%3Cc%3E%7Bd%7D%7Ce%5Ef%60g"),
        ("http://blog.example/a@b:c//d?u=http://x:y@z/", "http://blog.example/a@b:c//d?u=http://x:y@z/"),
    ],
)
def test_an_honest_address_is_read(url: str, read: str) -> None:
    assert read_target(url).url == read
