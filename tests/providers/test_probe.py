"""A provider is tested without a reader: right keys are taken, and what is wrong is said in words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import redirect, request
from joserfc.jwk import ECKey

from moderation.cli.demo.issuer import Issuer as Demo
from moderation.foundation.outbound import Outbound
from moderation.foundation.tokens import Keys
from moderation.identity.diagnosis import diagnose
from moderation.identity.failure import Reason
from moderation.identity.probe import Found, probe
from moderation.records import ProviderKeys
from tests import make
from tests.lying_issuer import issuer
from tests.providers.apple import KEY_ID, P8, TEAM, FakeApple
from tests.providers.discord import FakeDiscord
from tests.providers.facebook import FakeFacebook
from tests.providers.fake import CLIENT_ID, CLIENT_SECRET, Detour, Fake
from tests.providers.github import FakeGitHub
from tests.providers.google import FakeGoogle
from tests.providers.openid import FakeGitLab, FakeLinkedIn, FakeMicrosoft
from tests.providers.wordpress import FakeWordpress
from tests.providers.x import FakeX

KEYS = Keys(b"k" * 32)
SERVICE = "https://comments.example"
FAKES: dict[str, type[Fake]] = {
    "apple": FakeApple,
    "discord": FakeDiscord,
    "facebook": FakeFacebook,
    "github": FakeGitHub,
    "gitlab": FakeGitLab,
    "google": FakeGoogle,
    "linkedin": FakeLinkedIn,
    "microsoft": FakeMicrosoft,
    "wordpress": FakeWordpress,
    "x": FakeX,
}
OPTIONS: dict[str, dict[str, Any]] = {"apple": {"team_id": TEAM, "key_id": KEY_ID}}
SECRETS = {"apple": P8}
WRONG = {"apple": ECKey.generate_key("P-256").as_pem(private=True).decode()}
# These say that the client id is right; the others only that the two do not go together.
TELL_THE_SECRET = {"facebook", "google", "microsoft", "wordpress"}
NOT_TOGETHER = "The secret is wrong, or it belongs to another client id."


@pytest.fixture
def fake_of():
    opened = []

    def start(kind: str) -> Fake:
        opened.append(FAKES[kind](f"{SERVICE}/auth/{kind}/callback"))
        return opened[-1]

    yield start
    for fake in opened:
        fake.close()


def keys(kind: str, *, client_id: str = CLIENT_ID, secret: str | None = None, **options: Any) -> ProviderKeys:
    sealed = KEYS.encrypt("provider", (secret or SECRETS.get(kind, CLIENT_SECRET)).encode())
    row = ProviderKeys(name=kind, kind=kind, label=kind.capitalize(), client_id=client_id, created_at=make.NOW)
    row.client_secret, row.options = sealed, OPTIONS.get(kind, {}) | options
    return row


def probed(fake: Fake, row: ProviderKeys) -> Found:
    # Apple looks at the clock.
    return probe(row, Detour(fake), KEYS, public_url=SERVICE, now=datetime.now(UTC))


@pytest.mark.parametrize("kind", FAKES)
def test_right_keys_are_taken(fake_of, kind):
    found = probed(fake_of(kind), keys(kind))
    assert found.works, found
    assert "takes our keys" in found.sentence


@pytest.mark.parametrize("kind", FAKES)
def test_a_wrong_secret_is_said_to_be_wrong(fake_of, kind):
    found = probed(fake_of(kind), keys(kind, secret=WRONG.get(kind, "of another app")))
    assert found.reason is Reason.provider_misconfigured
    exactly = "The secret is wrong. (" if kind in TELL_THE_SECRET else f"{NOT_TOGETHER} ("
    assert found.sentence.startswith(exactly), found


def test_an_issuer_of_ones_own_is_told_a_wrong_secret_too():
    running = Demo(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=f"{SERVICE}/auth/openid/callback", coop=False
    )
    running.start()
    place, said = running.address.removeprefix("http://"), []
    for secret in (CLIENT_SECRET, "of another app"):
        row = keys("openid", issuer=running.address, secret=secret)
        said.append(probe(row, Outbound(frozenset({place})), KEYS, public_url=SERVICE, now=make.NOW).sentence)
    running.close()
    assert said[0].startswith("Openid answers, and takes our keys.")
    assert said[1].startswith(NOT_TOGETHER)


@pytest.mark.parametrize("kind", FAKES)
def test_a_provider_that_is_down_is_said_not_to_answer(fake_of, kind):
    fake = fake_of(kind)
    fake.broken = {"/": (503, "busy")}
    found = probed(fake, keys(kind))
    assert found.reason is Reason.provider_down
    assert found.sentence.startswith("It does not answer.")


@pytest.mark.parametrize("kind", [kind for kind in FAKES if kind != "x"])
def test_a_redirect_address_that_is_not_registered_is_named(fake_of, kind):
    fake = fake_of(kind)
    fake.redirect_uri = "https://elsewhere.example/callback"
    found = probed(fake, keys(kind))
    assert found.sentence.startswith(f"The redirect address is not registered: {SERVICE}/auth/{kind}/callback"), found


def test_googles_page_of_errors_is_read(fake_of):
    fake = fake_of("google")
    packed = "ChVyZWRpcmVjdF91cmlfbWlzbWF0Y2gSsAEKWW91IGNhbid0IHNpZ24gaW4"
    fake.app.before_request_funcs[None].insert(
        0, lambda: redirected(f"https://accounts.google.com/signin/oauth/error?authError={packed}")
    )
    assert probed(fake, keys("google")).sentence.startswith("The redirect address is not registered:")


def redirected(address: str) -> Any:
    return redirect(address, 302) if "/o/oauth2/" in request.path and request.method == "GET" else None


@pytest.mark.parametrize("kind", ["facebook", "github", "google", "wordpress"])
def test_a_client_id_that_nobody_knows_is_said_to_be_unknown(fake_of, kind):
    found = probed(fake_of(kind), keys(kind, client_id="nobody"))
    assert found.sentence.startswith("The client id is not known there."), found


def test_used_up_credits_are_called_so(fake_of):
    fake = fake_of("x")
    fake.broken = {"/api.x.com": (402, {"title": "CreditsDepleted"})}
    found = probed(fake, keys("x"))
    assert (found.reason, found.sentence.partition("(")[0]) == (
        Reason.provider_quota,
        "The credits there are used up. ",
    )


def test_what_is_missing_here_is_said_before_anybody_is_called(fake_of):
    fake = fake_of("apple")
    assert probed(fake, keys("apple", team_id="")).sentence == "The Team ID or the Key ID is missing."
    assert probed(fake, keys("apple", secret="no key")).sentence == "The key is not the text of Apple's .p8 file."
    assert fake.calls == []


@pytest.mark.parametrize("kind", ["mastodon", "bluesky"])
def test_where_no_keys_are_needed_there_is_nothing_to_test(kind):
    row = keys(kind)
    row.client_secret = b""
    fake = FakeX("")
    assert "needs no keys" in probed(fake, row).sentence
    fake.close()


def test_an_issuer_is_tested_by_what_it_publishes_and_says():
    with issuer() as running:
        outbound, row = Outbound(frozenset({running.place})), keys("openid", issuer=running.address)
        assert probe(row, outbound, KEYS, public_url=SERVICE, now=make.NOW).works
        running.lies.discovery = lambda document: document | {"issuer": "https://evil.example"}
        found = probe(row, outbound, KEYS, public_url=SERVICE, now=make.NOW)
        assert found.sentence == f"The issuer calls itself https://evil.example, not {running.address}."
    assert probe(row, outbound, KEYS, public_url=SERVICE, now=make.NOW).reason is Reason.provider_down


def test_an_issuer_inside_the_own_network_is_not_called():
    row = keys("openid", issuer="http://127.0.0.1:1")
    found = probe(row, Outbound(), KEYS, public_url=SERVICE, now=make.NOW)
    assert found.reason is Reason.provider_misconfigured


@pytest.mark.parametrize(
    ("reason", "detail", "sentence"),
    [
        (
            "provider_misconfigured",
            "The provider said: invalid_client: AADSTS7000222: The provided client secret keys are expired.",
            "The secret has expired.",
        ),
        (
            "provider_misconfigured",
            "The provider said: invalid_client: AADSTS7000215: Invalid client secret provided.",
            "The secret is wrong",
        ),
        (
            "provider_misconfigured",
            "The provider said: unauthorized_client: AADSTS700016: Application was not found.",
            "The client id is not known there.",
        ),
        ("provider_misconfigured", "Facebook said: (1) Error validating client secret.", "The secret is wrong"),
        ("provider_misconfigured", "The provider said: invalid_scope", "The provider does not let us ask"),
        (
            "provider_misconfigured",
            "The issuer calls itself https://a.example, not https://b.example.",
            "The issuer calls itself https://a.example, not https://b.example.",
        ),
        (
            "provider_quota",
            "X answered 403: SpendCapReached: it has reached its billing cycle spend cap.",
            "The spending limit that you set there is reached.",
        ),
        ("provider_quota", "https://a.example/t answered 429: a limit is reached.", "A limit there is reached."),
        ("provider_bad_reply", "https://a.example/t answered with a redirect.", "It answers something"),
    ],
)
def test_what_a_provider_says_is_put_into_words(reason, detail, sentence):
    assert diagnose(Reason(reason), detail, redirect_uri="https://s.example/cb").startswith(sentence)
