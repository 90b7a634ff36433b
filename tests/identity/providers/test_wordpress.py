"""What WordPress.com says, and what we make of it."""

from typing import Any

import pytest

from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.wordpress import wordpress
from tests.identity.providers.scripted import TOKEN, Scripted, finish, finish_with

TOKEN_ENDPOINT = "https://public-api.wordpress.com/oauth2/token"
ME = "https://public-api.wordpress.com/rest/v1.1/me"
FACE = "https://1.gravatar.com/avatar/5dac8ca0?s=96&d=identicon&r=G"
ALICE: dict[str, Any] = {
    "ID": 78972699,
    "display_name": "Alice Writes",
    "username": "alicewrites",
    "email": "alice@mail.example",
    "primary_blog": 84170531,
    "language": "en",
    "token_site_id": False,
    "token_scope": ["auth"],
    "avatar_URL": FACE,
    "profile_URL": "https://gravatar.com/alicewrites",
    "verified": True,
    "meta": {"links": {"self": "https://public-api.wordpress.com/rest/v1.1/me"}},
}


def script(status: int, said: Any) -> dict[str, tuple[int, Any]]:
    return {TOKEN_ENDPOINT: (200, TOKEN | {"blog_id": "0", "scope": "auth"}), ME: (status, said)}


def expected(**changes: Any) -> Profile:
    known = {
        "issuer": "https://public-api.wordpress.com",
        "subject": "78972699",
        "name": "Alice Writes",
        "url": "https://gravatar.com/alicewrites",
        "avatar": FACE,
        "email": "alice@mail.example",
        "email_verified": True,
    }
    return Profile(**(known | changes))


UNVERIFIED = expected(email=None, email_verified=False)


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        pytest.param({}, expected(), id="a whole profile"),
        pytest.param({"email_verified": True}, expected(), id="verified twice"),
        pytest.param({"verified": False}, UNVERIFIED, id="not verified"),
        pytest.param({"verified": None}, UNVERIFIED, id="nobody says"),
        pytest.param({"verified": "true"}, UNVERIFIED, id="a text"),
        pytest.param({"verified": 1}, UNVERIFIED, id="a number"),
        pytest.param({"email_verified": False}, UNVERIFIED, id="verified and not verified"),
        pytest.param({"display_name": ""}, expected(name="alicewrites"), id="no name"),
        pytest.param({"avatar_URL": None, "profile_URL": None}, expected(url=None, avatar=None), id="nothing to show"),
        pytest.param({"ID": 2**53 + 1}, expected(subject="9007199254740993"), id="a large number"),
    ],
)
def test_wordpress_json_becomes_a_profile(changes: dict[str, Any], profile: Profile) -> None:
    assert finish(wordpress, script(200, ALICE | changes)) == profile


@pytest.mark.parametrize(
    ("status", "said", "detail"),
    [
        (
            400,
            {"error": "invalid_token", "message": "The OAuth2 token is invalid."},
            "WordPress.com answered 400. The provider said: invalid_token: The OAuth2 token is invalid.",
        ),
        (
            403,
            {"error": "authorization_required", "message": "An active token is needed."},
            "WordPress.com answered 403. The provider said: authorization_required: An active token is needed.",
        ),
        (200, {"error": "?"}, "WordPress.com answered 200. The provider said: ?"),
        (404, {}, "WordPress.com answered 404. The provider said: an error without a name"),
        (200, {}, "WordPress.com did not say who signed in."),
        (200, ALICE | {"ID": "78972699"}, "WordPress.com did not say who signed in."),
    ],
)
def test_wordpress_errors_become_reasons(status: int, said: Any, detail: str) -> None:
    with pytest.raises(SignInFailed) as failed:
        finish(wordpress, script(status, said))
    assert (failed.value.reason, failed.value.detail) == (Reason.provider_bad_reply, detail)


def test_wordpress_is_asked_with_the_secret_in_the_form() -> None:
    scripted = Scripted(script(200, ALICE))
    finish_with(wordpress, scripted)
    (_post, _url, headers, form), (_get, address, bearer, _none) = scripted.asked
    assert "Authorization" not in headers
    assert b"client_secret=secret" in form
    assert b"code_verifier" not in form
    assert (address, bearer["Authorization"]) == (ME, "Bearer token-1")
