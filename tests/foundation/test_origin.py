"""Origins come out as browsers write them, or not at all."""

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://blog.example/her?x=1#y", "https://blog.example"),
        ("https://blog.example:443/", "https://blog.example"),
        ("http://blog.example:80", "http://blog.example"),
        ("http://blog.example:443", "http://blog.example:443"),
        ("HTTPS://Blog.Example/", "https://blog.example"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("https://straße.example/", "https://xn--strae-oqa.example"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("http://127.0.0.1:8001/her", "http://127.0.0.1:8001"),
    ],
)
def test_an_address_has_the_origin_that_a_browser_sends(address, origin):
    assert origin_of(address, field="url") == origin


@pytest.mark.parametrize(
    "address", ["", "blog.example", "ftp://blog.example", "https://", "https://a@b.example", "https://\u0301.example"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(Refused):
        origin_of(address, field="url")
