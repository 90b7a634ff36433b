"""What every provider keeps to, whatever it is: a new one is tested before it has tests of its own."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.options import known_options, read_options
from moderation.foundation.outbound import Answer, Outbound
from moderation.foundation.tokens import s256
from moderation.identity import dpop
from moderation.identity.calls import Calls, Documents
from moderation.identity.choices import icon_of
from moderation.identity.failure import AskAgain, Reason, SignInFailed
from moderation.identity.provider import Client, Provider, Returned, Start, providers
from tests.make import NOW
from tests.sign_in import query_of

CALLBACK = "https://comments.example/auth/somewhere/callback"
ISSUER = "https://issuer.example"
# What cannot be left out, and is nothing that could be made up on the spot.
OPTIONS = {"apple": {"team_id": "TEAM", "key_id": "KEY"}, "openid": {"issuer": ISSUER}}
SECRETS = {"apple": ECKey.generate_key("P-256").as_pem(private=True).decode()}
# The one issuer that does not call itself by its address.
NAMES = {"https://login.microsoftonline.com/common/v2.0": "https://login.microsoftonline.com/{tenantid}/v2.0"}
# What a provider that asks the reader kept of the start; whoever sends the reader back says who it is.
KEPT = {
    "bluesky": {
        "did": "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
        "named": "alice.example",
        "issuer": ISSUER,
        "token": f"{ISSUER}/token",
        "key": dpop.new_key(),
    },
    "mastodon": {
        "host": "issuer.example",
        "issuer": ISSUER,
        "token": f"{ISSUER}/oauth/token",
        "client_id": "id",
        "secret": "secret",
    },
}
START = Start(state="state-1", nonce="nonce-1", verifier="v" * 64)


class World(Outbound):
    """Everything outside, answering every call in one way; issuers describe themselves if they are to."""

    def __init__(self, answer: Callable[[str], tuple[int, bytes]], *, described: bool = True) -> None:
        super().__init__()
        self._answer, self._described = answer, described

    def fetch(self, method: str, url: str, **_options: Any) -> Answer:
        issuer, known, _ = url.partition("/.well-known/openid-configuration")
        status, body = (200, description(issuer)) if known and self._described else self._answer(url)
        return Answer(status=status, headers={"Content-Type": "application/json"}, body=body, url=url)


def description(issuer: str) -> bytes:
    places = {name: f"{issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    places["userinfo_endpoint"] = f"{issuer}/userinfo"
    return json.dumps({"issuer": NAMES.get(issuer, issuer)} | places).encode()


def outage(_url: str) -> tuple[int, bytes]:
    raise Outage("No answer.")


def refusal(_url: str) -> tuple[int, bytes]:
    raise Refused("Not an address we call.")


def says(body: bytes, status: int = 200) -> Callable[[str], tuple[int, bytes]]:
    return lambda _url: (status, body)


def calls(world: World) -> Calls:
    return Calls(world, Documents(), NOW)


@pytest.fixture(params=providers().values(), ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest) -> Provider[Any]:
    return request.param


@pytest.fixture(params=[one for one in providers().values() if one.asks], ids=lambda provider: provider.name)
def asking(request: pytest.FixtureRequest) -> Provider[Any]:
    return request.param


@pytest.fixture
def client(provider: Provider[Any]) -> Client[Any]:
    return client_of(provider)


def client_of(provider: Provider[Any]) -> Client[Any]:
    options = read_options(provider.options, OPTIONS.get(provider.name, {}))
    secret = SECRETS.get(provider.name, "secret")
    return Client(name="somewhere", client_id="id", secret=secret, redirect_uri=CALLBACK, options=options)


def returned(provider: Provider[Any], **params: str) -> Returned:
    kept = KEPT.get(provider.name, {})
    sender = {"iss": kept["issuer"]} if "issuer" in kept else {}
    return Returned(params={"state": "state-1"} | sender | params, nonce="nonce-1", verifier="v" * 64, kept=kept)


def test_it_says_who_it_is_and_how_to_set_it_up(provider: Provider[Any]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", provider.name)
    assert provider.label.strip() == provider.label != ""
    assert "{redirect_uri}" in provider.help
    assert provider.help.format(redirect_uri=CALLBACK)


def test_its_icon_is_a_path_and_nothing_else(provider: Provider[Any]) -> None:
    if provider.icon is None:
        assert icon_of(provider) is None
    else:
        assert re.fullmatch(r"[MmZzLlHhVvCcSsQqTtAa0-9eE., -]+", provider.icon)
        assert len(provider.icon) < 4000


def test_its_options_have_defaults_and_say_what_they_are(provider: Provider[Any]) -> None:
    provider.options()
    assert all(field.description for field in known_options(provider.options).values())


def test_it_sends_the_reader_off_with_state_callback_and_pkce(provider: Provider[Any], client: Client[Any]) -> None:
    if provider.asks:
        pytest.skip("where it sends the reader depends on what the reader types")
    departure = provider.start(client, START, calls(World(says(b"{}"))))
    asked = query_of(departure.url)
    assert departure.url.startswith("https://")
    assert (asked["response_type"], asked["client_id"], asked["state"]) == ("code", "id", "state-1")
    assert asked["redirect_uri"] == CALLBACK
    if "code_challenge" in asked:
        assert (asked["code_challenge"], asked["code_challenge_method"]) == (s256("v" * 64), "S256")
    assert client.secret not in departure.url


@pytest.mark.parametrize("typed", ["", " ", "\0", "localhost", "127.0.0.1", "[::1]", "a b", "https://", "@", "x" * 300])
def test_one_that_asks_asks_again_until_the_answer_makes_sense(asking: Provider[Any], typed: str) -> None:
    with pytest.raises(AskAgain) as again:
        asking.start(client_of(asking), replace(START, typed=typed), calls(World(says(b"{}"))))
    assert again.value.sentence.endswith(".")


@pytest.mark.parametrize("typed", ["social.test", "@alice@social.test", "did:web:social.test"])
@pytest.mark.parametrize("world", [outage, refusal, says(b"{}"), says(b"[]"), says(b"<html>"), says(b"{}", 404)])
def test_one_that_asks_never_sets_off_when_nobody_is_there(
    asking: Provider[Any], typed: str, world: Callable[[str], tuple[int, bytes]]
) -> None:
    with pytest.raises((AskAgain, SignInFailed)):
        asking.start(client_of(asking), replace(START, typed=typed), calls(World(world)))


def test_a_reader_who_declines_has_declined(provider: Provider[Any], client: Client[Any]) -> None:
    with pytest.raises(SignInFailed) as failed:
        provider.finish(client, returned(provider, error="access_denied"), calls(World(says(b"{}"))))
    assert failed.value.reason is Reason.denied


def test_an_answer_from_another_issuer_is_refused(provider: Provider[Any], client: Client[Any]) -> None:
    for params in ({"code": "x"}, {"error": "access_denied"}):
        with pytest.raises(SignInFailed) as failed:
            provider.finish(client, returned(provider, iss="https://evil.example", **params), calls(World(says(b"{}"))))
        assert failed.value.reason is Reason.provider_bad_reply


@pytest.mark.parametrize("params", [{}, {"code": ""}, {"error": "?"}, {"error": ""}])
def test_an_answer_without_a_code_makes_no_sense(
    provider: Provider[Any], client: Client[Any], params: dict[str, str]
) -> None:
    with pytest.raises(SignInFailed) as failed:
        provider.finish(client, returned(provider, **params), calls(World(says(b"{}"))))
    assert failed.value.reason is Reason.provider_bad_reply


@pytest.mark.parametrize(
    ("world", "reasons"),
    [
        pytest.param(outage, {Reason.provider_down}, id="no answer"),
        pytest.param(refusal, {Reason.provider_misconfigured}, id="not to be called"),
        pytest.param(says(b"{}", 500), {Reason.provider_down}, id="500"),
        pytest.param(says(b"<html>", 503), {Reason.provider_down}, id="503 in HTML"),
        pytest.param(says(b"{}", 429), {Reason.provider_quota}, id="429"),
        pytest.param(says(b"{}", 402), {Reason.provider_quota}, id="402"),
        pytest.param(says(b'{"error":"invalid_client"}', 401), {Reason.provider_misconfigured}, id="wrong secret"),
        pytest.param(says(b'{"error":"invalid_grant"}', 400), {Reason.login_expired}, id="code too old"),
        pytest.param(says(b'{"error":{"message":"x"}}'), {Reason.provider_bad_reply}, id="an error that is a thing"),
        pytest.param(says(b"{}"), {Reason.provider_bad_reply}, id="nothing"),
        pytest.param(says(b"[]"), {Reason.provider_bad_reply}, id="a list"),
        pytest.param(says(b"<html>"), {Reason.provider_bad_reply}, id="HTML"),
        pytest.param(says(b"[" * 100_000), {Reason.provider_bad_reply}, id="deeply nested"),
        pytest.param(says(b'{"access_token":"x"}'), {Reason.provider_bad_reply}, id="a token and nobody"),
        pytest.param(
            says(b'{"access_token":"x","id":"","data":{}}'), {Reason.provider_bad_reply}, id="an empty subject"
        ),
        pytest.param(says(b"", 302), {Reason.provider_bad_reply}, id="a redirect"),
    ],
)
def test_whatever_the_world_answers_only_a_reason_of_the_closed_set_comes_of_it(
    provider: Provider[Any], client: Client[Any], world: Callable[[str], tuple[int, bytes]], reasons: set[Reason]
) -> None:
    for described in (True, False):
        with pytest.raises(SignInFailed) as failed:
            provider.finish(client, returned(provider, code="x"), calls(World(world, described=described)))
        if described:
            assert failed.value.reason in reasons
        assert client.secret not in str(failed.value)
