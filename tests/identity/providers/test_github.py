"""GitHub's answers, as its documentation shows them, become a profile."""

from typing import Any

import pytest

from moderation.identity.failure import SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.github import read_profile

# Source: docs.github.com, “Get the authenticated user” and “List email addresses for the authenticated user”.
USER = {
    "login": "octocat",
    "id": 1,
    "node_id": "MDQ6VXNlcjE=",
    "avatar_url": "https://github.com/images/error/octocat_happy.gif",
    "gravatar_id": "",
    "url": "https://api.github.com/users/octocat",
    "html_url": "https://github.com/octocat",
    "type": "User",
    "site_admin": False,
    "name": "monalisa octocat",
    "company": "GitHub",
    "blog": "https://github.com/blog",
    "location": "San Francisco",
    "email": "octocat@github.com",
    "two_factor_authentication": True,
}
EMAILS = [
    {"email": "octocat@users.noreply.github.com", "verified": True, "primary": False, "visibility": None},
    {"email": "octocat@home.example", "verified": True, "primary": True, "visibility": "public"},
]
PROFILE = Profile(
    issuer="https://github.com/login/oauth",
    subject="1",
    name="monalisa octocat",
    url="https://github.com/octocat",
    avatar="https://github.com/images/error/octocat_happy.gif",
    email="octocat@home.example",
    email_verified=True,
)


def test_the_documented_user_becomes_a_profile() -> None:
    assert read_profile(USER, EMAILS) == PROFILE


@pytest.mark.parametrize("name", [None, "", "  ", 7])
def test_who_gave_no_name_is_called_by_the_login(name: Any) -> None:
    assert read_profile(USER | {"name": name}, EMAILS).name == "octocat"


@pytest.mark.parametrize(
    "emails",
    [
        None,
        [],
        {},
        {"message": "Resource not accessible by integration"},
        "octocat@home.example",
        [None, "octocat@home.example", {"email": None, "verified": True, "primary": True}],
        [{"email": "octocat@home.example", "verified": False, "primary": True}],
        [{"email": "octocat@home.example", "verified": True, "primary": False}],
        [{"email": "octocat@home.example", "verified": "true", "primary": "true"}],
    ],
)
def test_an_address_that_is_not_proven_is_none(emails: Any) -> None:
    profile = read_profile(USER, emails)
    assert (profile.email, profile.email_verified) == (None, False)


@pytest.mark.parametrize("subject", [None, "", True, 1.5, [], {}])
def test_without_a_number_it_is_nobody(subject: Any) -> None:
    with pytest.raises(SignInFailed):
        read_profile(USER | {"id": subject}, EMAILS)
