"""Discord's answer, as its documentation shows it, becomes a profile."""

from typing import Any

import pytest

from moderation.identity.failure import SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.discord import read_profile

# Source: Discord's documentation, “User Object”.
USER = {
    "id": "80351110224678912",
    "username": "Nelly",
    "discriminator": "1337",
    "avatar": "8342729096ea3675442027381ff50dfe",
    "verified": True,
    "email": "nelly@discord.com",
    "flags": 64,
    "banner": "06c16474723fe537c283b8efa61a30c8",
    "accent_color": 16711680,
    "premium_type": 1,
    "public_flags": 64,
}
PLACE = "https://cdn.discordapp.com/avatars/80351110224678912"


def test_the_documented_user_becomes_a_profile() -> None:
    assert read_profile(USER) == Profile(
        issuer="https://discord.com",
        subject="80351110224678912",
        name="Nelly",
        avatar=f"{PLACE}/8342729096ea3675442027381ff50dfe.png?size=128",
        email="nelly@discord.com",
        email_verified=True,
    )


def test_the_shown_name_comes_before_the_unique_one() -> None:
    assert read_profile(USER | {"global_name": "Nelly Elephant"}).name == "Nelly Elephant"
    assert read_profile(USER | {"global_name": None}).name == "Nelly"


@pytest.mark.parametrize(
    ("picture", "avatar"),
    [
        ("a_8342729096ea3675442027381ff50dfe", f"{PLACE}/a_8342729096ea3675442027381ff50dfe.png?size=128"),
        (None, None),
        ("", None),
        ("../../evil", None),
        ("x?y", None),
        (5, None),
    ],
)
def test_a_picture_is_made_of_its_hash(picture: Any, avatar: str | None) -> None:
    assert read_profile(USER | {"avatar": picture}).avatar == avatar


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_is_verified_if_discord_says_true(verified: Any) -> None:
    assert read_profile(USER | {"verified": verified}).email_verified is False


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": ""}, {"message": "401: Unauthorized", "code": 0}])
def test_without_a_number_it_is_nobody(answer: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed):
        read_profile(answer)
