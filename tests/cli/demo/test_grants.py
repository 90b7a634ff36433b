"""What the trial's provider promises is gone after its time."""

from datetime import UTC, datetime, timedelta

from moderation.cli.demo.accounts import ACCOUNTS
from moderation.cli.demo.grants import (
    ACCESS_LASTS,
    CODE_LASTS,
    QUESTION_LASTS,
    AuthorizationRequest,
    Grant,
    Grants,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REQUEST = AuthorizationRequest(state="s", nonce="n", challenge="c" * 43, scope=frozenset({"openid"}))
GRANT = Grant(request=REQUEST, account=ACCOUNTS[0], signed_in_at=NOW)
MOMENT = timedelta(seconds=1)


def test_a_code_is_good_for_a_minute() -> None:
    grants = Grants()
    early, late = grants.new_code(GRANT, NOW), grants.new_code(GRANT, NOW)
    assert grants.take_code(early, NOW + CODE_LASTS - MOMENT) == GRANT
    assert grants.take_code(late, NOW + CODE_LASTS) is None


def test_a_question_waits_ten_minutes() -> None:
    grants = Grants()
    early, late = (grants.ask(REQUEST, "browser", NOW) for _ in range(2))
    assert grants.take_question(early, "browser", NOW + QUESTION_LASTS - MOMENT) == REQUEST
    assert grants.take_question(late, "browser", NOW + QUESTION_LASTS) is None


def test_an_access_token_is_good_for_five_minutes() -> None:
    grants = Grants()
    token = grants.new_access(GRANT, "code", NOW)
    assert grants.by_access(token, NOW + ACCESS_LASTS - MOMENT) == GRANT
    assert grants.by_access(token, NOW + ACCESS_LASTS) is None
