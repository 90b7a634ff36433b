"""What X says, and what we make of it."""

import base64
from typing import Any

import pytest

from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.x import XOptions, x
from tests.identity.providers.scripted import TOKEN, Scripted, finish, finish_with

TOKEN_ENDPOINT = "https://api.x.com/2/oauth2/token"
ME = "https://api.x.com/2/users/me"
PICTURES = "https://pbs.twimg.com/profile_images/1790"
ALICE: dict[str, Any] = {
    "id": "2244994945",
    "name": "Alice 🌸",
    "username": "alice_writes",
    "profile_image_url": f"{PICTURES}/face_normal.jpg",
}


def script(status: int, said: Any) -> dict[str, tuple[int, Any]]:
    return {TOKEN_ENDPOINT: (200, TOKEN), ME: (status, said)}


def expected(**changes: Any) -> Profile:
    known = {
        "issuer": "https://x.com",
        "subject": "2244994945",
        "name": "Alice 🌸",
        "url": "https://x.com/alice_writes",
        "avatar": f"{PICTURES}/face_400x400.jpg",
    }
    return Profile(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        pytest.param({}, expected(), id="a whole profile"),
        pytest.param({"name": ""}, expected(name="alice_writes"), id="no name"),
        pytest.param({"profile_image_url": None}, expected(avatar=None), id="no picture"),
        pytest.param(
            {"profile_image_url": "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"},
            expected(avatar=None),
            id="the picture that everybody starts with",
        ),
        pytest.param(
            {"profile_image_url": f"{PICTURES}/face.jpg"}, expected(avatar=f"{PICTURES}/face.jpg"), id="as it was sent"
        ),
        pytest.param(
            {"profile_image_url": f"{PICTURES}/un_normal_day_normal.png"},
            expected(avatar=f"{PICTURES}/un_normal_day_400x400.png"),
            id="a picture with the word in its name",
        ),
        pytest.param({"username": "a/../b"}, expected(url=None), id="a username that is a path"),
        pytest.param({"username": 7}, expected(url=None), id="a username that is a number"),
        pytest.param(
            {"confirmed_email": "alice@mail.example"},
            expected(email="alice@mail.example", email_verified=True),
            id="a confirmed address",
        ),
        pytest.param({"confirmed_email": ""}, expected(), id="an empty address"),
    ],
)
def test_x_json_becomes_a_profile(changes: dict[str, Any], profile: Profile) -> None:
    assert finish(x, script(200, {"data": ALICE | changes})) == profile


def test_data_counts_though_errors_come_with_it() -> None:
    said = {"data": ALICE, "errors": [{"title": "Field Authorization Error", "detail": "no e-mail"}]}
    assert finish(x, script(200, said)) == expected()


@pytest.mark.parametrize(
    ("status", "said", "reason", "detail"),
    [
        (
            402,
            {"title": "CreditsDepleted", "detail": "no credits", "type": "https://api.twitter.com/2/problems/credits"},
            Reason.provider_quota,
            "https://api.x.com/2/users/me answered 402: the credits there are used up.",
        ),
        (
            403,
            {"title": "SpendCapReached", "detail": "cap.", "type": "https://api.twitter.com/2/problems/credits"},
            Reason.provider_quota,
            "X answered 403: SpendCapReached: cap.",
        ),
        (
            403,
            {"title": "Client Forbidden", "detail": "not attached to a Project.", "reason": "client-not-enrolled"},
            Reason.provider_misconfigured,
            "X answered 403: Client Forbidden: not attached to a Project.",
        ),
        (
            401,
            {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
            Reason.provider_bad_reply,
            "X answered 401: Unauthorized: Unauthorized",
        ),
        (
            200,
            {"errors": [{"title": "Not Found Error", "detail": "Could not find user."}]},
            Reason.provider_bad_reply,
            "X answered 200: Not Found Error: Could not find user.",
        ),
        (200, {"errors": []}, Reason.provider_bad_reply, "X answered 200: None: None"),
        (200, {"errors": "?"}, Reason.provider_bad_reply, "X answered 200: None: None"),
        (200, {"data": []}, Reason.provider_bad_reply, "X answered 200: None: None"),
        (200, {"data": {"name": "Alice"}}, Reason.provider_bad_reply, "The provider did not say who signed in."),
    ],
)
def test_x_errors_become_reasons(status: int, said: Any, reason: Reason, detail: str) -> None:
    with pytest.raises(SignInFailed) as failed:
        finish(x, script(status, said))
    assert (failed.value.reason, failed.value.detail) == (reason, detail)


def test_x_is_asked_with_the_secret_in_the_header_and_for_what_is_needed() -> None:
    scripted = Scripted(script(200, {"data": ALICE}))
    finish_with(x, scripted)
    (method, url, headers, form), (_get, profile, bearer, _none) = scripted.asked
    assert (method, url) == ("POST", TOKEN_ENDPOINT)
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"id:secret").decode()
    assert b"secret" not in form
    assert b"code_verifier=" + b"v" * 64 in form
    assert profile == f"{ME}?user.fields=id,name,username,profile_image_url"
    assert bearer["Authorization"] == "Bearer token-1"


def test_x_is_asked_for_the_address_if_the_owner_wants_it() -> None:
    assert XOptions().email is False
    scripted = Scripted(script(200, {"data": ALICE}))
    finish_with(x, scripted, email=True)
    assert scripted.asked[1][1].endswith(",confirmed_email")
