"""Apple's ID token and form, as its documentation shows them, become a profile; the owner's key becomes a secret."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from moderation.identity.provider import Client, Profile
from moderation.identity.providers.apple import AppleOptions, make_secret, read_profile
from tests.make import NOW

# Source: developer.apple.com, “Authenticating users with Sign in with Apple”.
CLAIMS = {
    "iss": "https://appleid.apple.com",
    "aud": "com.mytest.app",
    "exp": 1596621649,
    "iat": 1596621049,
    "sub": "001451.3dc436155xxxxxxxxxxxxxxxxxxxx59f.0447",
    "c_hash": "iUqI9Vyxxxxxxxxxg-CyoA",
    "email": "8m2xxxxmew@privaterelay.appleid.com",
    "email_verified": "true",
    "is_private_email": "true",
    "auth_time": 1596621049,
    "nonce_supported": True,
}
USER = '{"name":{"firstName":"John","lastName":"Appleseed"},"email":"8m2xxxxmew@privaterelay.appleid.com"}'
PROFILE = Profile(
    issuer="https://appleid.apple.com",
    subject="001451.3dc436155xxxxxxxxxxxxxxxxxxxx59f.0447",
    name="John Appleseed",
    email="8m2xxxxmew@privaterelay.appleid.com",
    email_verified=True,
)


def test_the_documented_answer_becomes_a_profile() -> None:
    assert read_profile(CLAIMS, USER) == PROFILE


@pytest.mark.parametrize(("verified", "is_verified"), [("true", True), (True, True), ("false", False), (None, False)])
def test_verified_is_a_word_or_a_truth(verified: Any, is_verified: bool) -> None:
    assert read_profile(CLAIMS | {"email_verified": verified}, USER).email_verified is is_verified


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (None, None),
        ("", None),
        ("{", None),
        ("[]", None),
        ("[" * 4096, None),
        ('{"name":"John"}', None),
        ('{"name":{}}', None),
        ('{"name":{"firstName":7,"lastName":null}}', None),
        ('{"name":{"firstName":"","lastName":"Appleseed"}}', "Appleseed"),
        ('{"name":{"firstName":"John@apple.example","lastName":""}}', None),
        (json.dumps({"name": {"firstName": "x" * 9000}}), None),
    ],
)
def test_what_the_browser_brings_is_a_name_or_nothing(user: str | None, name: str | None) -> None:
    assert read_profile(CLAIMS, user).name == name


def test_the_browser_cannot_bring_an_address() -> None:
    assert read_profile(CLAIMS, '{"email":"victim@mail.example"}').email == PROFILE.email


def test_the_secret_is_a_note_that_apple_can_check() -> None:
    key = ECKey.generate_key("P-256")
    client = Client(
        name="apple",
        client_id="com.mytest.app",
        secret=key.as_pem(private=True).decode(),
        redirect_uri="https://comments.example/auth/apple/callback",
        options=AppleOptions(team_id="DEF123GHIJ", key_id="ABC123DEFG"),
    )
    note, now = jwt.decode(make_secret(client, NOW), key, algorithms=["ES256"]), int(NOW.timestamp())
    assert (note.header["alg"], note.header["kid"]) == ("ES256", "ABC123DEFG")
    assert note.claims == {
        "iss": "DEF123GHIJ",
        "iat": now,
        "exp": now + 600,
        "aud": "https://appleid.apple.com",
        "sub": "com.mytest.app",
    }
