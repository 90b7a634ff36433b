"""Whose a request is when proxies stand between."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.foundation.addresses import client_address, network

OURS = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", '"[2001:db8::7]:4711"', "2001:db8::7"),
        ("10.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("fd00::1", "203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", None, "fe80::1"),
        (None, "203.0.113.7", None),
        ("", "203.0.113.7", None),
        ("unix:", None, None),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_a_proxy_of_ours(
    remote: str | None, forwarded: str | None, client: str | None
) -> None:
    assert client_address(remote, forwarded, OURS) == client


def test_without_trusted_proxies_the_header_is_ignored() -> None:
    assert client_address("127.0.0.1", "203.0.113.7", ()) == "127.0.0.1"


@given(st.text(), st.text())
def test_no_header_breaks_it(remote: str, forwarded: str) -> None:
    assert client_address("10.0.0.1", forwarded, OURS)
    client_address(remote, forwarded, OURS)
    assert isinstance(network(forwarded), str)


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("nonsense", "nonsense"),
    ],
)
def test_neighbours_share_a_network(address: str, neighbourhood: str) -> None:
    assert network(address) == neighbourhood
