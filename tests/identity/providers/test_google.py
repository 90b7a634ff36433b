"""What Google says, and what we make of it."""

from typing import Any

import pytest
from joserfc import jwt

from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.google import google
from tests.identity.providers.scripted import TOKEN, finish
from tests.lying_issuer import KEY
from tests.make import NOW

ISSUER = "https://accounts.google.com"
# As published, without what nobody here reads.
DISCOVERY = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
    "token_endpoint": "https://oauth2.googleapis.com/token",
    "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
    "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    "id_token_signing_alg_values_supported": ["RS256"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
}
FACE = "https://lh3.googleusercontent.com/a/ACg8ocK=s96-c"
ALICE: dict[str, Any] = {
    "iss": ISSUER,
    "azp": "id",
    "aud": "id",
    "sub": "110169484474386276334",
    "email": "alice@gmail.example",
    "email_verified": True,
    "nonce": "nonce-1",
    "name": "Alice Fair",
    "picture": FACE,
    "given_name": "Alice",
    "family_name": "Fair",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 3600,
}


def script(claims: dict[str, Any], userinfo: tuple[int, Any] = (401, {})) -> dict[str, tuple[int, Any]]:
    said = {name: value for name, value in claims.items() if value is not None}
    token = TOKEN | {"id_token": jwt.encode({"alg": "RS256", "kid": "one"}, said, KEY), "expires_in": 3599}
    return {
        f"{ISSUER}/.well-known/openid-configuration": (200, DISCOVERY),
        "https://oauth2.googleapis.com/token": (200, token),
        "https://www.googleapis.com/oauth2/v3/certs": (200, {"keys": [KEY.as_dict(private=False)]}),
        "https://openidconnect.googleapis.com/v1/userinfo": userinfo,
    }


def expected(**changes: Any) -> Profile:
    known = {
        "issuer": ISSUER,
        "subject": "110169484474386276334",
        "name": "Alice Fair",
        "avatar": FACE,
        "email": "alice@gmail.example",
        "email_verified": True,
    }
    return Profile(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        pytest.param({}, expected(), id="a whole profile"),
        pytest.param({"email_verified": False}, expected(email_verified=False), id="not verified"),
        pytest.param({"email_verified": "true"}, expected(email_verified=False), id="a text"),
        pytest.param({"name": None}, expected(), id="a name in two parts"),
        pytest.param({"picture": None}, expected(avatar=None), id="no picture"),
        pytest.param({"hd": "mail.example"}, expected(), id="an account of a company"),
    ],
)
def test_google_claims_become_a_profile(changes: dict[str, Any], profile: Profile) -> None:
    assert finish(google, script(ALICE | changes)) == profile


def test_what_the_claims_leave_out_is_asked_for() -> None:
    more = {"sub": ALICE["sub"], "name": "Alice Elsewhere", "email": "alice@gmail.example", "email_verified": True}
    bare = ALICE | dict.fromkeys(("name", "given_name", "family_name", "email", "email_verified"))
    assert finish(google, script(bare, (200, more))) == expected(name="Alice Elsewhere")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody else's"},
        {"azp": "somebody else's"},
        {"iss": "https://evil.example"},
        {"nonce": "x"},
        {"exp": 1},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed) as failed:
        finish(google, script(ALICE | changes))
    assert failed.value.reason is Reason.provider_bad_reply
