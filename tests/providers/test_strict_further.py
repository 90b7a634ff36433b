"""The fakes of GitHub, Microsoft, Apple, Discord, GitLab and LinkedIn let nothing pass that the real ones refuse."""

from collections.abc import Iterator
from typing import Any

import pytest

from moderation.foundation.tokens import s256
from tests.providers.case import Case
from tests.providers.fake import CLIENT_ID, CLIENT_SECRET, Fake, Grant
from tests.providers.further import APPLE, DISCORD, FURTHER, GITHUB, GITLAB, LINKEDIN, MICROSOFT

BACK = "https://comments.example/auth/somewhere/callback"
VERIFIER = "v" * 64
AUTHORIZE = {
    "github": "/github.com/login/oauth/authorize",
    "microsoft": "/login.microsoftonline.com/common/oauth2/v2.0/authorize",
    "apple": "/appleid.apple.com/auth/authorize",
    "discord": "/discord.com/oauth2/authorize",
    "gitlab": "/gitlab.com/oauth/authorize",
    "linkedin": "/www.linkedin.com/oauth/v2/authorization",
}
SCOPES = {"apple": "name email", "discord": "identify email", "github": "read:user user:email"}
CASES = [GITHUB, MICROSOFT, APPLE, DISCORD, GITLAB, LINKEDIN]
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.provider)


@pytest.fixture
def fake(case: Case) -> Iterator[Fake]:
    running = case.fake(BACK)
    yield running
    running.close()


def asks(fake: Fake, case: Case, **changes: str) -> Any:
    asked = {"client_id": CLIENT_ID, "redirect_uri": BACK, "response_type": "code", "state": "s", "nonce": "n"}
    asked |= {"scope": SCOPES.get(case.provider, "openid profile email"), "code_challenge": s256(VERIFIER)}
    more = {"response_mode": "form_post"} if case is APPLE else {}
    return fake.app.test_client().get(AUTHORIZE[case.provider], query_string=asked | more | changes)


def redeems(fake: Fake, **changes: str) -> Grant | None:
    (code,) = fake.codes
    return fake.redeem({"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes)


@each
def test_a_right_request_is_granted(fake: Fake, case: Case) -> None:
    assert asks(fake, case).status_code in (200, 302)
    assert redeems(fake) is not None


@each
@pytest.mark.parametrize(
    "wrong", [{"redirect_uri": f"{BACK}/"}, {"redirect_uri": "https://evil.example"}, {"client_id": "somebody"}]
)
def test_who_is_not_registered_is_not_sent_back(fake: Fake, case: Case, wrong: dict[str, str]) -> None:
    assert asks(fake, case, **wrong).status_code in (400, 404)
    assert fake.codes == {}


@each
def test_a_code_is_for_one_address_and_one_verifier(fake: Fake, case: Case) -> None:
    asks(fake, case)
    assert redeems(fake, redirect_uri=f"{BACK}/") is None
    asks(fake, case)
    assert (redeems(fake, code_verifier="w" * 64) is None) is case.pkce


@each
def test_a_code_is_good_once(fake: Fake, case: Case) -> None:
    asks(fake, case)
    (code,) = fake.codes
    assert redeems(fake) is not None
    assert fake.redeem({"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}) is None


@each
def test_without_the_secret_there_is_no_token(fake: Fake, case: Case) -> None:
    asks(fake, case)
    (code,) = fake.codes
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": CLIENT_ID}
    for wrong in ({}, {"client_secret": ""}, {"client_secret": "x"}):
        answer = fake.app.test_client().post(case.token, data=form | wrong, headers={"Accept": "application/json"})
        assert answer.json["error"]
    assert fake.tokens == {}
    assert code in fake.codes


@pytest.mark.parametrize("case", [APPLE], ids=["apple"])
@pytest.mark.parametrize("wrong", [{"response_mode": "query"}, {"scope": "openid name"}, {"response_type": "token"}])
def test_apple_answers_by_form_and_for_its_two_scopes(fake: Fake, case: Case, wrong: dict[str, str]) -> None:
    assert asks(fake, case, **wrong).status_code == 400


@pytest.mark.parametrize("case", [LINKEDIN], ids=["linkedin"])
def test_linkedin_refuses_a_verifier(fake: Fake, case: Case) -> None:
    asks(fake, case)
    (code,) = fake.codes
    form = {"code": code, "redirect_uri": BACK, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    told = fake.app.test_client().post(case.token, data=form | {"code_verifier": VERIFIER})
    assert (told.status_code, told.json["error"]) == (401, "invalid_client")
    assert fake.app.test_client().post(case.token, data=form).status_code == 200


def test_no_case_is_left_out() -> None:
    assert {case.provider for case in FURTHER.values()} == {*AUTHORIZE}
