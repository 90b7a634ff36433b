"""What servers of Mastodon and their relatives say about a person, and what we make of it."""

from typing import Any

import pytest

from moderation.identity.provider import Profile
from moderation.identity.providers.mastodon import profile

# As Mastodon 4.4 answers to the scope "profile"; what is of no use here is left out.
NEW: dict[str, Any] = {
    "id": "14715",
    "username": "alice",
    "acct": "alice",
    "display_name": "Alice :blobcat: Miller",
    "locked": False,
    "bot": False,
    "created_at": "2016-11-24T00:00:00.000Z",
    "note": "<p>Books</p>",
    "url": "https://social.example/@alice",
    "uri": "https://social.example/users/alice",
    "avatar": "https://files.social.example/accounts/avatars/000/014/715/original/34aa222f4ae2e0a9.png",
    "avatar_static": "https://files.social.example/accounts/avatars/000/014/715/original/34aa222f4ae2e0a9.png",
    "emojis": [{"shortcode": "blobcat", "url": "https://files.social.example/b.png", "visible_in_picker": True}],
    "source": {"privacy": "public", "note": "Books"},
}
# As GoToSocial and Pleroma answer: no actor's address, an identifier that is no number.
RELATIVE: dict[str, Any] = {
    "id": "01FG3DR1ZHRRYXV7XZQ7YGCHQT",
    "username": "bob",
    "acct": "bob",
    "display_name": "",
    "url": "https://social.example/@bob",
    "avatar": "",
    "emojis": [],
}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            NEW,
            Profile(
                issuer="https://social.example",
                subject="14715",
                name="Alice Miller",
                url="https://social.example/@alice",
                avatar=NEW["avatar"],
            ),
        ),
        (
            RELATIVE,
            Profile(
                issuer="https://social.example",
                subject="01FG3DR1ZHRRYXV7XZQ7YGCHQT",
                name="bob",
                url="https://social.example/@bob",
            ),
        ),
        (
            NEW | {"avatar": "https://social.example/avatars/original/missing.png", "display_name": ":blobcat:"},
            Profile(
                issuer="https://social.example", subject="14715", name="alice", url="https://social.example/@alice"
            ),
        ),
        (
            NEW | {"display_name": 7, "username": None, "url": None, "uri": None, "avatar": ["x"], "emojis": "x"},
            Profile(issuer="https://social.example", subject="14715"),
        ),
    ],
)
def test_what_a_server_says_becomes_a_profile(said, expected) -> None:
    assert profile("social.example", said) == expected
