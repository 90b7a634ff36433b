"""Servers that a reader names and that are none, or lie: none is called that must not be, none speaks for others."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.providers.mastodon import mastodon
from tests.providers.asking import comes_back, starts
from tests.providers.mastodon import HOST, FakeMastodon
from tests.sign_in import query_of


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    running = FakeMastodon("https://comments.example/auth/mastodon/callback")
    yield running
    running.close()


def asked_again(fake: FakeMastodon, typed: str = HOST, **outbound: Any) -> str:
    with pytest.raises(AskAgain) as again:
        starts(mastodon, fake, typed, **outbound)
    return again.value.sentence


def test_an_honest_server_is_honest_here_too(fake) -> None:
    assert query_of(starts(mastodon, fake, HOST)[0].url)["redirect_uri"] == fake.redirect_uri
    assert comes_back(mastodon, fake, HOST).subject == "14715"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.100.100.200", "192.168.0.1", "::1", "fd00::1", "64:ff9b::7f00:1"],
)
def test_a_name_that_leads_into_our_own_network_is_not_called(fake, address) -> None:
    def resolve(_host: str, port: int, **_arguments: Any) -> Any:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    # Told in the same words as when nobody is there: nothing can be learned about the network from here.
    said = "No server answers at intern.test. Check its name, or try again later."
    assert asked_again(fake, "intern.test", resolve=resolve) == said


def test_a_name_that_leads_nowhere_is_told_in_the_same_words(fake) -> None:
    def resolve(*_arguments: Any, **_more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    said = "No server answers at nobody.test. Check its name, or try again later."
    assert asked_again(fake, "nobody.test", resolve=resolve) == said


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/.well-known/oauth-authorization-server", 503, "down"),
        ("/.well-known/oauth-authorization-server", 200, {"padding": "x" * 300_000}),
        ("/.well-known/oauth-authorization-server", 301, "moved"),
        ("/.well-known/oauth-authorization-server", 200, {}),
        ("/.well-known/oauth-authorization-server", 200, ["x"]),
        ("", 404, "<html>A blog, not a server of Mastodon</html>"),
        ("", 200, "<html>A page for every address</html>"),
        ("/api/v1/apps", 422, {"error": "Validation failed"}),
        ("/api/v1/apps", 403, {"error": "Registrations are closed"}),
        ("/api/v1/apps", 429, {"error": "Too many requests"}),
        ("/api/v1/apps", 200, {"client_id": 1, "client_secret": None}),
        ("/api/v1/apps", 200, {"client_id": "x" * 600, "client_secret": "y"}),
        ("/api/v1/apps", 500, "<html>"),
    ],
)
def test_a_server_that_is_none_is_asked_for_again(fake, path, status, said) -> None:
    fake.broken = {f"/{HOST}{path}": (status, said)}
    assert HOST in asked_again(fake)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test/"},
        {"issuer": f"http://{HOST}/"},
        {"authorization_endpoint": "https://evil.test/oauth/authorize"},
        {"authorization_endpoint": f"https://{HOST}@evil.test/oauth/authorize"},
        {"authorization_endpoint": f"javascript://{HOST}/%0aalert(1)"},
        {"authorization_endpoint": f"https://{HOST}/oauth/authorize\nLocation: https://evil.test"},
        {"token_endpoint": "https://evil.test/oauth/token"},
        {"token_endpoint": f"https://{HOST}:8443/oauth/token"},
        {"token_endpoint": "http://127.0.0.1/"},
        {"token_endpoint": None},
    ],
)
def test_a_server_that_sends_its_people_elsewhere_is_refused(fake, metadata) -> None:
    fake.metadata = metadata
    assert asked_again(fake) == f"{HOST} does not answer as a Mastodon server does. Check its name."
    assert fake.apps == {}


@pytest.mark.parametrize(
    "lie",
    [
        {"url": "https://other.test/@gargron", "uri": "https://other.test/users/gargron"},
        {"uri": "https://other.test/users/gargron"},
        {"url": f"https://{HOST}@other.test/@gargron"},
        {"acct": "gargron@other.test"},
        {"id": ""},
        {"id": None},
        {"id": {"x": 1}},
        {"id": "x" * 400},
    ],
)
def test_a_server_speaks_for_its_own_people_only(fake, lie) -> None:
    fake.account |= lie
    with pytest.raises(SignInFailed) as failed:
        comes_back(mastodon, fake, HOST)
    assert failed.value.reason is Reason.provider_bad_reply


def test_an_account_that_its_server_has_closed_signs_nobody_in(fake) -> None:
    fake.broken = {f"/{HOST}/api/v1/accounts": (403, {"error": "Your login is currently disabled"})}
    with pytest.raises(SignInFailed, match=r"provider_bad_reply: .*Your login is currently disabled"):
        comes_back(mastodon, fake, HOST)


def test_a_server_that_promised_to_say_who_it_is_must_do_so(fake) -> None:
    fake.metadata = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(SignInFailed, match="does not say which provider sent it"):
        comes_back(mastodon, fake, HOST)
