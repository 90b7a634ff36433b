"""The fakes are as strict as the real ones, or the tests that pass with them would say nothing."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.providers.facebook import FakeFacebook
from tests.providers.fake import Fake, Grant
from tests.providers.google import FakeGoogle
from tests.providers.wordpress import FakeWordpress
from tests.providers.x import FakeX

BACK = "https://comments.example/auth/somewhere/callback"
VERIFIER = "v" * 64
# By: printf v…v | openssl dgst -sha256 -binary | basenc --base64url, without padding
CHALLENGE = "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"
X = "/x.com/i/oauth2/authorize"
FACEBOOK = "/www.facebook.com/v26.0/dialog/oauth"
GOOGLE = "/accounts.google.com/o/oauth2/v2/auth"
WORDPRESS = "/public-api.wordpress.com/oauth2/authenticate"
WORDPRESS_OPENID = "/public-api.wordpress.com/oauth2-1/authorize"
SCOPES = {X: "users.read tweet.read", FACEBOOK: "public_profile", GOOGLE: "openid", WORDPRESS: "auth"}


@pytest.fixture
def opened() -> Any:
    running: list[Fake] = []

    def start(kind: type[Fake]) -> Fake:
        running.append(kind(BACK))
        return running[-1]

    yield start
    for fake in running:
        fake.close()


def asked(fake: Fake, place: str, **changes: str | None) -> dict[str, str]:
    known: dict[str, str | None] = {
        "response_type": "code",
        "client_id": fake.client_id,
        "redirect_uri": BACK,
        "scope": SCOPES.get(place, "openid auth"),
        "state": "state-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (known | changes).items() if value is not None}


KINDS = [
    (FakeX, X),
    (FakeFacebook, FACEBOOK),
    (FakeGoogle, GOOGLE),
    (FakeWordpress, WORDPRESS),
    (FakeWordpress, WORDPRESS_OPENID),
]


@pytest.mark.parametrize(("kind", "place"), KINDS)
def test_only_what_is_registered_exactly_is_sent_back(opened: Callable[[type[Fake]], Fake], kind, place) -> None:
    fake = opened(kind)
    browser = fake.app.test_client()
    assert browser.get(place, query_string=asked(fake, place)).status_code == 302
    for changes in ({"redirect_uri": BACK + "/"}, {"redirect_uri": BACK.upper()}, {"redirect_uri": None}):
        assert browser.get(place, query_string=asked(fake, place, **changes)).status_code in (400, 401)
    assert browser.get(place, query_string=asked(fake, place, client_id="another")).status_code in (400, 401)


@pytest.mark.parametrize("changes", [{"code_challenge": None}, {"code_challenge_method": "plain"}, {"scope": "all"}])
def test_x_wants_pkce_and_known_scopes(opened, changes) -> None:
    fake = opened(FakeX)
    assert fake.app.test_client().get(X, query_string=asked(fake, X, **changes)).status_code == 400


def test_x_gives_no_address_to_an_app_that_may_not_ask(opened) -> None:
    fake = opened(FakeX)
    query = asked(fake, X, scope="users.read tweet.read users.email")
    assert fake.app.test_client().get(X, query_string=query).status_code == 400


def test_a_code_is_good_once_for_its_address_and_its_verifier(opened) -> None:
    fake = opened(FakeX)

    def redeemed(**changes: str) -> Grant | None:
        code = fake.grant(asked(fake, X))
        return fake.redeem({"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes)

    assert redeemed() is not None
    assert redeemed(redirect_uri=BACK + "?") is None
    assert redeemed(code_verifier="w" * 64) is None
    assert redeemed(code="another") is None
    code = {"code": fake.grant(asked(fake, X)), "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert [fake.redeem(code) is not None for _ in range(2)] == [True, False]
    code = {"code": fake.grant(asked(fake, X)), "redirect_uri": BACK, "code_verifier": VERIFIER}
    fake.later = 31
    assert fake.redeem(code) is None


@pytest.mark.parametrize(
    ("kind", "place", "known", "refusal"),
    [
        (FakeX, "/api.x.com/2/oauth2/token", "basic", "unauthorized_client"),
        (FakeWordpress, "/public-api.wordpress.com/oauth2/token", "post", "invalid_client"),
    ],
)
def test_the_secret_counts_only_where_it_belongs(opened, kind, place, known, refusal) -> None:
    fake = opened(kind)
    name, secret = quote_plus(fake.client_id), quote_plus(fake.client_secret)
    form = {"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK}
    posted = form | {"client_id": fake.client_id, "client_secret": fake.client_secret}
    browser = fake.app.test_client()
    answers = {"basic": browser.post(place, data=form, auth=(name, secret)), "post": browser.post(place, data=posted)}
    assert {way: answer.json["error"] == refusal for way, answer in answers.items()} == {
        way: way != known for way in answers
    }


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (FakeX, "/api.x.com/2/users/me"),
        (FakeFacebook, "/graph.facebook.com/v26.0/me"),
        (FakeGoogle, "/openidconnect.googleapis.com/v1/userinfo"),
        (FakeWordpress, "/public-api.wordpress.com/rest/v1.1/me"),
    ],
)
@pytest.mark.parametrize("bearer", ["", "Bearer x", "Basic x"])
def test_without_a_token_there_is_no_profile(opened, kind, place, bearer) -> None:
    answer = opened(kind).app.test_client().get(place, headers={"Authorization": bearer})
    assert answer.status_code in (400, 401)


def test_facebook_wants_the_proof_that_fits_the_token(opened) -> None:
    fake = opened(FakeFacebook)
    token = fake.hand_out(fake.redeem({"code": fake.grant(asked(fake, FACEBOOK), pkce=False), "redirect_uri": BACK}))
    bearer = {"Authorization": f"Bearer {token}"}
    for query in ({}, {"appsecret_proof": ""}, {"appsecret_proof": "0" * 64}):
        answer = fake.app.test_client().get("/graph.facebook.com/v26.0/me", query_string=query, headers=bearer)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)
