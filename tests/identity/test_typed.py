"""What readers type for a server, and what is no server's name."""

import pytest

from moderation.identity.failure import AskAgain
from moderation.identity.typed import read_host


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("social.example", "social.example"),
        (" Social.EXAMPLE\n", "social.example"),
        ("@alice@social.example", "social.example"),
        ("alice@social.example", "social.example"),
        ("https://social.example", "social.example"),
        ("HTTPS://social.example/@alice?x=y#z", "social.example"),
        ("http://social.example/", "social.example"),
        ("social.example/@alice@other.example", "social.example"),
        ("müller.example", "xn--mller-kva.example"),
        ("a.b.c.example", "a.b.c.example"),
    ],
)
def test_a_server_may_be_named_as_people_name_it(typed, host) -> None:
    assert read_host(typed, example="social.example") == host


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "@",
        "https://",
        "localhost",
        "router",
        "127.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "social.example:22",
        "social.example:443",
        "https://social.example:8443/@alice",
        "https://alice:password@social.example",
        "a b.example",
        "social.example\\@evil.example",
        "social.example?x=y",
        "social.example#x",
        "\u24e2ocial.example",
        "social\u3002example",
        "social.example\0",
        "-.example",
        "social..example",
        "social.example.",
        ".example",
        "ftp://social.example",
        "javascript:alert(1)",
        "%73ocial.example",
        "<script>",
        "x" * 300,
        "\u202esocial.example",
    ],
)
def test_what_is_no_servers_name_is_asked_for_again(typed) -> None:
    with pytest.raises(AskAgain, match=r"Type one such as social\.example"):
        read_host(typed, example="social.example")
