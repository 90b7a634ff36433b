"""What only one of X, Facebook, Google and WordPress.com does."""

from typing import Any

import pytest

from moderation.records import ProviderKeys
from tests.providers.facebook import FakeFacebook
from tests.providers.fake import Visit
from tests.providers.google import FakeGoogle
from tests.providers.wordpress import FakeWordpress
from tests.providers.x import FakeX
from tests.sign_in import query_of


@pytest.fixture
def x(visit_at) -> Visit:
    return visit_at("x", FakeX)


@pytest.fixture
def facebook(visit_at) -> Visit:
    return visit_at("facebook", FakeFacebook)


@pytest.fixture
def wordpress(visit_at) -> Visit:
    return visit_at("wordpress", FakeWordpress)


def error_of(visit: Visit, code: int, message: str, **more: Any) -> tuple[str, str | None]:
    """Sign in while Facebook answers with this error."""
    fake: Any = visit.fake
    fake.problem = (400, {"error": {"message": message, "type": "OAuthException", "code": code, **more}})
    return visit.fails()


# --- X ----------------------------------------------------------------------------------------------------------------


def test_x_without_credits_is_told_to_the_owner(x) -> None:
    x.fake.credits = 0
    assert x.fails() == ("provider_quota", "https://api.x.com/2/users/me answered 402: the credits there are used up.")


def test_the_owners_own_limit_at_x_is_told_to_the_owner(x) -> None:
    x.fake.spending = 0
    reason, detail = x.fails()
    assert reason == "provider_quota"
    assert str(detail).startswith("X answered 403: SpendCapReached: Your enrolled account")


def test_x_that_answers_200_with_errors_alone_signs_nobody_in(x) -> None:
    x.fake.errors = [{"title": "Forbidden", "detail": "User has been suspended: [2244994945].", "value": "2244994945"}]
    assert x.fails() == (
        "provider_bad_reply",
        "X answered 200: Forbidden: User has been suspended: [2244994945].",
    )


def test_x_gives_the_address_only_when_the_owner_asks_for_it(visit_at) -> None:
    visit = visit_at("x", FakeX, email=True)
    visit.fake.gives_email = True
    assert query_of(visit.departs())["scope"] == "users.read tweet.read users.email"
    visit.signs_in()
    (person,) = visit.persons()
    assert (person.email, person.email_verified) == ("alice@mail.example", True)


def test_x_asks_for_no_address_otherwise(x) -> None:
    x.fake.gives_email = True
    assert query_of(x.departs())["scope"] == "users.read tweet.read"
    x.signs_in()
    assert x.persons()[0].email is None


def test_x_takes_a_code_for_thirty_seconds(x) -> None:
    way_back = x.agrees()
    x.fake.later = 29
    x.returns(way_back)
    assert set(x.browser.asks_for_code(x.blog.attempt).json) == {"code"}


# --- Facebook ---------------------------------------------------------------------------------------------------------


def test_facebooks_way_back_ends_in_a_fragment_that_changes_nothing(facebook) -> None:
    way_back = facebook.agrees()
    assert way_back.endswith("#_=_")
    facebook.returns(way_back)
    assert set(facebook.browser.asks_for_code(facebook.blog.attempt).json) == {"code"}


def test_facebook_may_keep_the_address_to_itself(facebook) -> None:
    facebook.fake.declines = {"email"}
    facebook.signs_in()
    assert facebook.persons()[0].email is None


def test_facebooks_silhouette_is_no_picture(facebook) -> None:
    facebook.fake.user["picture"]["data"]["is_silhouette"] = True
    facebook.signs_in()
    assert facebook.persons()[0].picture is None


@pytest.mark.parametrize(
    ("code", "message", "more", "reason"),
    [
        (100, "This authorization code has been used.", {"error_subcode": 36009}, "login_expired"),
        (100, "This authorization code has been used.", {}, "login_expired"),
        (100, "Invalid verification code format.", {}, "login_expired"),
        (100, "Please make sure your redirect_uri is identical", {"error_subcode": 36008}, "provider_misconfigured"),
        (101, "Error validating application.", {}, "provider_misconfigured"),
        (191, "Can't Load URL", {}, "provider_misconfigured"),
        (2635, "You are calling a deprecated version of the Ads API.", {}, "provider_misconfigured"),
        (200, "Permissions error", {}, "provider_misconfigured"),
        (2, "Service temporarily unavailable", {}, "provider_down"),
        (4, "Application request limit reached", {}, "provider_quota"),
        (613, "Calls to this api have exceeded the rate limit.", {}, "provider_quota"),
        (999, "Something else", {}, "provider_bad_reply"),
    ],
)
def test_facebooks_errors_are_numbers_with_a_meaning(facebook, code, message, more, reason) -> None:
    assert error_of(facebook, code, message, **more) == (reason, f"Facebook said: ({code}) {message}")


def test_facebook_refuses_a_wrong_proof(facebook) -> None:
    # The secret is right when the code is exchanged, and another one when the profile is asked for.
    way_back = facebook.agrees()
    first = facebook.fake.hand_out

    def renewed(grant: Any) -> str:
        facebook.fake.client_secret = "renewed meanwhile"
        return first(grant)

    facebook.fake.hand_out = renewed
    facebook.returns(way_back)
    assert facebook.detail() == "Facebook said: (100) Invalid appsecret_proof provided in the API argument"


def test_facebook_can_be_asked_in_another_version(visit_at) -> None:
    visit = visit_at("facebook", FakeFacebook, version="v25.0")
    visit.signs_in()
    assert {call.split("/")[2] for call in visit.fake.calls} == {"v25.0"}


def test_change_asks_facebook_for_the_password_again(facebook) -> None:
    assert query_of(facebook.departs(change="1"))["auth_type"] == "reauthenticate"


# --- Google -----------------------------------------------------------------------------------------------------------


def test_change_asks_google_for_its_account_chooser(visit_at) -> None:
    visit = visit_at("google", FakeGoogle)
    assert query_of(visit.departs(change="1"))["prompt"] == "select_account"


def test_an_address_that_google_has_not_verified_is_not_taken_as_verified(visit_at) -> None:
    visit = visit_at("google", FakeGoogle)
    visit.fake.user["email_verified"] = False
    visit.signs_in()
    assert visit.persons()[0].email_verified is False


# --- WordPress.com ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"verified": False}, {"verified": "true"}, {"email_verified": False}])
def test_an_address_that_wordpress_has_not_verified_is_not_kept(wordpress, changes) -> None:
    wordpress.fake.user |= changes
    wordpress.signs_in()
    (person,) = wordpress.persons()
    assert (person.email, person.email_verified) == (None, False)


def test_both_ways_of_wordpress_lead_to_the_same_person(wordpress) -> None:
    first = wordpress.signs_in()["person"]["id"]
    with wordpress.house.database.transaction() as db:
        db.get_one(ProviderKeys, "wordpress").options = {"openid": True}
    again = Visit(
        house=wordpress.house,
        browser=wordpress.browser,
        fake=wordpress.fake,
        provider="wordpress",
        site=wordpress.site,
    )
    assert again.signs_in()["person"]["id"] == first
    assert "POST /public-api.wordpress.com/oauth2-1/token" in wordpress.fake.calls


def test_wordpress_by_openid_must_return_our_nonce(visit_at) -> None:
    visit = visit_at("wordpress", FakeWordpress, openid=True)
    visit.fake.nonce = "another sign-in's"
    assert visit.fails() == ("provider_bad_reply", "The ID token belongs to another sign-in.")


@pytest.mark.parametrize("number", [None, "78972699", True, 0, -1, 1.5])
def test_wordpress_that_does_not_give_its_number_signs_nobody_in(wordpress, number) -> None:
    wordpress.fake.user["ID"] = number
    assert wordpress.fails() == ("provider_bad_reply", "WordPress.com did not say who signed in.")


def test_a_token_that_wordpress_does_not_take_is_told(wordpress) -> None:
    wordpress.fake.broken["/public-api.wordpress.com/rest"] = (
        400,
        {"error": "invalid_token", "message": "The OAuth2 token is invalid."},
    )
    reason, detail = wordpress.fails()
    assert reason == "provider_bad_reply"
    assert detail == ("WordPress.com answered 400. The provider said: invalid_token: The OAuth2 token is invalid.")
