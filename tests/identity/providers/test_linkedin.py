"""LinkedIn's claims, as its documentation shows them, become a profile."""

from typing import Any

import pytest

from moderation.identity.provider import Profile
from moderation.identity.providers.linkedin import read_profile

# Source: learn.microsoft.com/linkedin, “Sign In with LinkedIn using OpenID Connect”, the ID token's payload.
CLAIMS = {
    "iss": "https://www.linkedin.com/oauth",
    "aud": "abcdefg",
    "iat": 1668635530,
    "exp": 1668639130,
    "sub": "782bbtaQ",
    "name": "John Doe",
    "given_name": "John",
    "family_name": "Doe",
    "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
    "email": "doe@email.com",
    "email_verified": "true",
    "locale": "en_US",
}
PROFILE = Profile(
    issuer="https://www.linkedin.com/oauth",
    subject="782bbtaQ",
    name="John Doe",
    avatar="https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
    email="doe@email.com",
    email_verified=True,
)


def test_the_documented_token_becomes_a_profile() -> None:
    assert read_profile(CLAIMS) == PROFILE


def test_so_does_the_documented_user_information() -> None:
    told = CLAIMS | {"email_verified": True, "locale": {"country": "US", "language": "en"}}
    assert read_profile(told) == PROFILE


@pytest.mark.parametrize("verified", [False, "false", None, "True", 2])
def test_all_else_is_not_verified(verified: Any) -> None:
    assert read_profile(CLAIMS | {"email_verified": verified}).email_verified is False
