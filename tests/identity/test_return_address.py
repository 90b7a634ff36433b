"""An owner names the page to which sign-ins may come back: exact, safe, and on an origin of the site."""

import pytest

from moderation.foundation.errors import Refused
from moderation.identity.return_address import check_return_addresses, return_address
from tests import make

ORIGINS = ["https://blog.example", "https://www.blog.example:8443", "http://127.0.0.1:4000", "http://blog.lan"]


@pytest.mark.parametrize(
    "address",
    [
        "https://blog.example/",
        "https://blog.example/signed-in?from=login",
        "https://www.blog.example:8443/in",
        "http://127.0.0.1:4000/in.html",
    ],
)
def test_an_exact_address_on_an_origin_of_the_site_is_taken_as_it_is(address: str) -> None:
    assert check_return_addresses([f" {address} "], ORIGINS) == [address]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://blog.lan/in", "begins with https://"),
        ("http://blog.example/in", "begins with https://"),
        ("https://blog.example/in#comments", "no part after #"),
        ("https://blog.example/in#", "no part after #"),
        ("https://other.example/in", "https://other.example is not registered"),
        ("https://blog.example.other.example/in", "is not registered"),
        ("https://blog.example:8443/in", "https://blog.example:8443 is not registered"),
        ("https://blog.example", "beginning with https://blog.example/"),
        ("https://blog.example?in", "beginning with https://blog.example/"),
        ("https://Blog.example/in", "beginning with https://blog.example/"),
        ("https://blog.example:443/in", "beginning with https://blog.example/"),
        ("https://me:secret@blog.example/in", "cannot hold a name"),
        ("https://blog.example\\@other.example/in", "a character that addresses cannot have"),
        ("//blog.example/in", "must begin with http"),
        ("javascript:alert(1)//https://blog.example/", "must begin with http"),
        ("/signed-in", "must begin with http"),
        ("", "must begin with http"),
        ("https://blog.example/" + "x" * 2048, "at most 2,048"),
    ],
)
def test_what_is_not_exact_or_not_safe_is_refused(address: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        check_return_addresses([address], ORIGINS)
    assert refused.value.field == "return_addresses" or refused.value.field is None


def test_an_origin_has_one_return_address() -> None:
    with pytest.raises(Refused, match="one return address on"):
        check_return_addresses(["https://blog.example/a", "https://blog.example/b"], ORIGINS)


def test_a_sign_in_comes_back_to_its_own_origin_only(db) -> None:
    site = make.site(db, origins=ORIGINS[:3])
    site.settings = {"return_addresses": ["https://www.blog.example:8443/in", "https://blog.example/in"]}
    assert return_address(site, "https://blog.example") == "https://blog.example/in"
    assert return_address(site, "https://www.blog.example:8443") == "https://www.blog.example:8443/in"
    assert return_address(site, "http://127.0.0.1:4000") is None
    # One address alone may stand without a list.
    site.settings = {"return_addresses": "https://blog.example/in"}
    assert return_address(site, "https://blog.example") == "https://blog.example/in"
