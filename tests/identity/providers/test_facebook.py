"""What Facebook says, and what we make of it."""

from typing import Any

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.options import read_options
from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.provider import Profile
from moderation.identity.providers.facebook import FacebookOptions, facebook
from tests.identity.providers.scripted import TOKEN, Scripted, finish, finish_with
from tests.sign_in import query_of

GRAPH = "https://graph.facebook.com/v26.0"
FACE = "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&width=200"
ALICE: dict[str, Any] = {
    "id": "10224440000000001",
    "name": "Alice",
    "email": "alice@mail.example",
    "picture": {"data": {"url": FACE, "is_silhouette": False}},
}


def script(status: int, said: Any) -> dict[str, tuple[int, Any]]:
    return {f"{GRAPH}/oauth/access_token": (200, TOKEN), f"{GRAPH}/me?": (status, said)}


def expected(**changes: Any) -> Profile:
    known = {"subject": "10224440000000001", "name": "Alice", "avatar": FACE, "email": "alice@mail.example"}
    return Profile(issuer="https://www.facebook.com", **(known | changes))


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        pytest.param({}, expected(), id="a whole profile"),
        pytest.param({"email": None}, expected(email=None), id="no address"),
        pytest.param({"picture": {"data": {"url": FACE, "is_silhouette": True}}}, expected(avatar=None), id="nobody"),
        pytest.param({"picture": {"data": {"url": FACE}}}, expected(avatar=None), id="nobody says whose picture"),
        pytest.param({"picture": {"data": []}}, expected(avatar=None), id="a list for a picture"),
        pytest.param({"picture": FACE}, expected(avatar=None), id="a text for a picture"),
        pytest.param({"picture": None}, expected(avatar=None), id="no picture"),
        pytest.param({"name": None}, expected(name=None), id="no name"),
        pytest.param({"verified": True}, expected(), id="a word that once meant something else"),
    ],
)
def test_facebook_json_becomes_a_profile(changes: dict[str, Any], profile: Profile) -> None:
    assert finish(facebook, script(200, ALICE | changes)) == profile


def error(code: Any, message: str = "Words.", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more, "fbtrace_id": "AbC"}}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (error(190, "Invalid OAuth access token."), Reason.provider_bad_reply),
        (error(1, "An unknown error occurred"), Reason.provider_bad_reply),
        (error(2), Reason.provider_down),
        (error(4), Reason.provider_quota),
        (error(17), Reason.provider_quota),
        (error(10), Reason.provider_misconfigured),
        (error(100, "Invalid appsecret_proof provided in the API argument"), Reason.provider_misconfigured),
        (error(200), Reason.provider_misconfigured),
        (error(299), Reason.provider_misconfigured),
        (error(300), Reason.provider_bad_reply),
        (error("4"), Reason.provider_bad_reply),
        (error(None), Reason.provider_bad_reply),
        (error([4]), Reason.provider_bad_reply),
        ({"error": "server_error"}, Reason.provider_down),
        ({"error": None}, Reason.provider_bad_reply),
        ({"name": "Alice"}, Reason.provider_bad_reply),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_facebook_errors_become_reasons(status: int, said: Any, reason: Reason) -> None:
    with pytest.raises(SignInFailed) as failed:
        finish(facebook, script(status, said))
    assert failed.value.reason is reason


def test_a_one_is_about_the_secret_where_a_code_is_exchanged() -> None:
    with pytest.raises(SignInFailed) as failed:
        finish(facebook, {GRAPH: (400, error(1, "Error validating client secret."))})
    assert failed.value.reason is Reason.provider_misconfigured
    assert failed.value.detail == "Facebook said: (1) Error validating client secret."


def test_facebook_is_asked_with_a_proof_and_never_with_the_token_in_the_address() -> None:
    scripted = Scripted(script(200, ALICE))
    finish_with(facebook, scripted)
    (_post, _url, headers, form), (_get, address, bearer, _none) = scripted.asked
    assert "Authorization" not in headers
    assert b"client_secret=secret" in form
    assert b"code_verifier" not in form
    assert query_of(address) == {
        "fields": "id,name,email,picture.width(200).height(200){url,is_silhouette}",
        # openssl dgst -sha256 -hmac secret
        "appsecret_proof": "00c846b90a210aa118d899560b3002dceecb69075ba9fe8a5ce02d9fe50cb6aa",
    }
    assert bearer["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize("version", ["26.0", "v26", "v26.0/../x", "v26.0\nx", ""])
def test_a_version_is_of_one_form(version: str) -> None:
    with pytest.raises(Refused, match="version"):
        read_options(FacebookOptions, {"version": version})
