"""What Bluesky's public service says about a person, and what we make of it."""

from typing import Any

import pytest

from moderation.identity.provider import Profile
from moderation.identity.providers.bluesky import profile

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
URL = f"https://bsky.app/profile/{DID}"
AVATAR = f"https://cdn.bsky.app/img/avatar/plain/{DID}/bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4@jpeg"
# What is of no use here is left out.
SAID: dict[str, Any] = {
    "did": DID,
    "handle": "alice.example",
    "displayName": "Alice",
    "avatar": AVATAR,
    "associated": {"lists": 0, "feedgens": 0, "labeler": False},
    "createdAt": "2023-04-12T04:53:57.057Z",
    "description": "Books",
    "followersCount": 3,
}


@pytest.mark.parametrize(
    ("named", "said", "name", "avatar"),
    [
        ("alice.example", SAID, "Alice", AVATAR),
        ("alice.example", SAID | {"displayName": " "}, "alice.example", AVATAR),
        (DID, SAID | {"displayName": None, "avatar": None}, "alice.example", None),
        (DID, SAID | {"displayName": "", "handle": "handle.invalid"}, None, AVATAR),
        ("alice.example", {}, "alice.example", None),
        (DID, {}, None, None),
        ("alice.example", SAID | {"did": "did:plc:another"}, "alice.example", None),
        ("alice.example", {"did": DID, "displayName": ["x"], "handle": 1, "avatar": {}}, "alice.example", None),
    ],
)
def test_what_the_public_service_says_becomes_a_profile(named, said, name, avatar) -> None:
    expected = Profile(issuer="https://atproto.com", subject=DID, name=name, url=URL, avatar=avatar)
    assert profile(DID, named, said) == expected
