"""What only one of GitHub, Microsoft, Apple, Discord, GitLab and LinkedIn does."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.providers.apple import P8
from tests.providers.fake import Visit
from tests.providers.further import APPLE, DISCORD, GITHUB, GITLAB, LINKEDIN, MICROSOFT
from tests.providers.openid import PERSONAL, TENANT
from tests.sign_in import query_of


@pytest.fixture
def github(visit_at) -> Visit:
    return GITHUB.visit(visit_at)


@pytest.fixture
def microsoft(visit_at) -> Visit:
    return MICROSOFT.visit(visit_at)


@pytest.fixture
def apple(visit_at) -> Visit:
    return APPLE.visit(visit_at)


@pytest.fixture
def linkedin(visit_at) -> Visit:
    return LINKEDIN.visit(visit_at)


def say(visit: Visit, **facts: Any) -> Visit:
    """Let the fake differ in something."""
    vars(visit.fake).update(facts)
    return visit


def again(visit: Visit) -> Visit:
    """The same reader, a second time."""
    return Visit(house=visit.house, browser=visit.browser, fake=visit.fake, provider=visit.provider, site=visit.site)


# --- GitHub -----------------------------------------------------------------------------------------------------------


def test_github_may_say_who_it_is_or_not(github: Visit) -> None:
    assert query_of(github.agrees())["iss"] == "https://github.com/login/oauth"
    silent = say(again(github), issuer=None)
    assert silent.signs_in()["person"]["name"] == "Alice"


def test_github_is_not_somebody_who_answers_in_its_name(github: Visit) -> None:
    reason, detail = say(github, issuer="https://evil.example").fails()
    assert (reason, detail) == ("provider_bad_reply", "The answer came from another provider than the one asked.")
    assert not any(call.startswith("POST") for call in github.fake.calls)


def test_who_takes_over_a_login_at_github_is_somebody_else(github: Visit) -> None:
    first = github.signs_in()["person"]["id"]
    other = say(again(github), user={"login": "alicewrites", "id": 99, "name": "Alice"})
    assert other.signs_in()["person"]["id"] != first


@pytest.mark.parametrize("emails", [[], [{"email": "a@mail.example", "primary": True, "verified": False}]])
def test_at_github_only_the_verified_first_address_counts(github: Visit, emails: list[Any]) -> None:
    say(github, emails=emails).signs_in()
    (person,) = github.persons()
    assert (person.email, person.email_verified) == (None, False)


def test_a_github_app_that_may_not_see_addresses_does(github: Visit) -> None:
    say(github, hides_emails=True).signs_in()
    (person,) = github.persons()
    assert (person.name, person.email) == ("Alice", None)


def test_change_asks_github_for_its_account_chooser(github: Visit) -> None:
    assert query_of(github.departs(change="1"))["prompt"] == "select_account"
    assert "prompt" not in query_of(again(github).departs())


# --- Microsoft --------------------------------------------------------------------------------------------------------


def test_a_microsoft_tenant_cannot_speak_for_another(microsoft: Visit) -> None:
    say(microsoft, token_issuer=f"https://login.microsoftonline.com/{PERSONAL}/v2.0")
    assert microsoft.fails() == ("provider_bad_reply", "The ID token is another issuer's.")


@pytest.mark.parametrize("tenant", [None, "", "{tenantid}", "x/../..", 5, TENANT.upper()])
def test_a_microsoft_tenant_is_a_guid(microsoft: Visit, tenant: Any) -> None:
    fake: Any = microsoft.fake
    say(microsoft, user=fake.user | {"tid": tenant}, token_issuer=f"https://login.microsoftonline.com/{tenant}/v2.0")
    assert microsoft.fails() == ("provider_bad_reply", "The ID token does not say of which tenant it is.")


def test_a_microsoft_tenants_own_key_signs_for_no_other(microsoft: Visit) -> None:
    say(microsoft, key_issuer=f"https://login.microsoftonline.com/{PERSONAL}/v2.0")
    assert microsoft.fails() == ("provider_bad_reply", "The ID token was signed with another tenant's key.")


def test_the_same_subject_in_two_microsoft_tenants_is_two_people(microsoft: Visit) -> None:
    first, fake = microsoft.signs_in()["person"]["id"], microsoft.fake
    user = {**vars(fake)["user"], "tid": PERSONAL}
    other = say(again(microsoft), user=user, token_issuer=f"https://login.microsoftonline.com/{PERSONAL}/v2.0")
    assert other.signs_in()["person"]["id"] != first


def test_with_personal_accounts_only_a_company_is_not_let_in(visit_at) -> None:
    visit = MICROSOFT.visit(visit_at, tenant="consumers")
    assert visit.fails() == ("provider_bad_reply", "The ID token is another issuer's.")


def test_a_microsoft_tenant_that_does_not_exist_is_told_before_anybody_leaves(visit_at) -> None:
    visit = MICROSOFT.visit(visit_at, tenant="nobody.example")
    assert visit.departs() == f"/login/done/{visit.blog.attempt}"
    assert "nobody.example" in str(visit.detail())


def test_a_nameless_microsoft_account_is_not_called_by_its_address(microsoft: Visit) -> None:
    fake: Any = microsoft.fake
    del fake.user["name"]
    assert microsoft.signs_in()["person"]["name"] == "Somebody"


# --- Apple ------------------------------------------------------------------------------------------------------------


def test_apples_form_comes_without_our_cookie_and_its_words_never_stand_in_an_address(apple: Visit) -> None:
    way_back = apple.agrees()
    assert set(query_of(way_back)) == {"sealed"}
    assert "Alice" not in way_back
    apple.returns(way_back)
    assert [person.name for person in apple.persons()] == ["Alice Writes"]


def test_apple_tells_the_name_once_and_we_keep_it(apple: Visit) -> None:
    apple.signs_in()
    assert vars(apple.fake)["name"] is None
    assert again(apple).signs_in()["person"]["name"] == "Alice Writes"


@pytest.mark.parametrize(("said", "verified"), [("true", True), (True, True), ("false", False), (False, False)])
def test_apple_says_verified_in_words_or_not(apple: Visit, said: Any, verified: bool) -> None:
    fake: Any = apple.fake
    fake.user["email_verified"] = said
    apple.signs_in()
    assert [person.email_verified for person in apple.persons()] == [verified]


@pytest.mark.parametrize(
    "form", [P8.replace("\n", " "), P8.replace("\n", "\\n"), P8.replace("\n", "\r\n"), "".join(P8.splitlines()[1:-1])]
)
def test_apples_key_is_read_however_it_was_pasted(visit_at, form: str) -> None:
    assert APPLE.visit(visit_at, client_secret=form).signs_in()["person"]["provider"] == "apple"


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"client_secret": "secret"}, "The key is not the text of Apple's .p8 file."),
        ({"client_secret": ""}, "The key is not the text of Apple's .p8 file."),
        (
            {"client_secret": ECKey.generate_key("P-384").as_pem(private=True).decode()},
            "The key is not one of Apple's.",
        ),
        ({"team_id": ""}, "The Team ID or the Key ID is missing."),
    ],
)
def test_nobody_is_sent_to_apple_with_keys_that_cannot_be_right(visit_at, wrong: dict[str, str], detail: str) -> None:
    visit = APPLE.visit(visit_at, **wrong)
    assert visit.departs() == f"/login/done/{visit.blog.attempt}"
    assert visit.detail() == detail
    told = visit.browser.asks_for_code(visit.blog.attempt)
    assert told.json == {"error": "provider_misconfigured"}


@pytest.mark.parametrize("wrong", [{"team_id": "ZZZZZZZZZZ"}, {"key_id": "ZZZZZZZZZZ"}])
def test_apple_does_not_know_another_team_or_key(visit_at, wrong: dict[str, str]) -> None:
    assert APPLE.visit(visit_at, **wrong).fails() == ("provider_misconfigured", "The provider said: invalid_client")


# --- Discord, GitLab, LinkedIn ----------------------------------------------------------------------------------------


def test_discord_shows_its_question_only_to_who_wants_to_change(visit_at) -> None:
    discord = DISCORD.visit(visit_at)
    assert query_of(discord.departs())["prompt"] == "none"
    assert query_of(again(discord).departs(change="1"))["prompt"] == "consent"


def test_gitlab_is_asked_for_picture_and_link_which_its_id_token_does_not_hold(visit_at) -> None:
    gitlab = GITLAB.visit(visit_at)
    gitlab.signs_in()
    assert gitlab.fake.calls[-1] == "GET /gitlab.com/oauth/userinfo"


def test_gitlabs_user_information_must_be_about_the_same_person(visit_at) -> None:
    gitlab = GITLAB.visit(visit_at)
    gitlab.fake.broken["/gitlab.com/oauth/userinfo"] = (200, {"sub": "1", "name": "Mallory"})
    assert gitlab.fails() == ("provider_bad_reply", "The user's information is about somebody else.")


def test_linkedin_gets_no_nonce_and_no_verifier(linkedin: Visit) -> None:
    asked = query_of(linkedin.departs())
    assert {"nonce", "code_challenge"}.isdisjoint(asked)


@pytest.mark.parametrize("word", ["user_cancelled_login", "user_cancelled_authorize"])
def test_linkedin_has_two_words_for_cancelled(linkedin: Visit, word: str) -> None:
    say(linkedin, denies=True, cancelled=(word, "The user cancelled."))
    assert linkedin.fails() == ("denied", f"The provider said: {word}: The user cancelled.")


def test_a_linkedin_app_without_the_product_is_the_owners_affair(linkedin: Visit) -> None:
    say(linkedin, denies=True, cancelled=("unauthorized_scope_error", "Scope openid is not authorized"))
    reason, detail = linkedin.fails()
    assert reason == "provider_misconfigured"
    assert "Scope openid" in str(detail)
