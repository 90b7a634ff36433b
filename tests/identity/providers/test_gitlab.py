"""GitLab's claims, as its documentation lists them, become a profile."""

from typing import Any

import pytest

from moderation.identity.openid import profile
from moderation.identity.provider import Profile

# Source: docs.gitlab.com, “GitLab as OpenID Connect identity provider”, shared information.
CLAIMS = {
    "sub": "1234",
    "sub_legacy": "0123456789abcdef",
    "auth_time": 1700000000,
    "name": "Zhang Wei",
    "nickname": "zwei",
    "preferred_username": "zwei",
    "email": "zwei@mail.example",
    "email_verified": True,
    "website": "https://zwei.example",
    "profile": "https://gitlab.com/zwei",
    "picture": "https://gitlab.com/uploads/-/system/user/avatar/1234/avatar.png",
    "groups": ["writers"],
    "https://gitlab.org/claims/groups/owner": ["writers"],
}


def test_the_documented_claims_become_a_profile() -> None:
    assert profile("https://gitlab.com", "1234", CLAIMS) == Profile(
        issuer="https://gitlab.com",
        subject="1234",
        name="Zhang Wei",
        url="https://gitlab.com/zwei",
        avatar="https://gitlab.com/uploads/-/system/user/avatar/1234/avatar.png",
        email="zwei@mail.example",
        email_verified=True,
    )


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_is_verified_if_gitlab_says_true(verified: Any) -> None:
    assert profile("https://gitlab.com", "1234", CLAIMS | {"email_verified": verified}).email_verified is False
