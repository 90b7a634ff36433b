"""The way through each provider, and how each says that it does not go on."""

from typing import Any

import pytest

from tests.providers.case import Case
from tests.providers.facebook import FakeFacebook
from tests.providers.fake import CLIENT_SECRET, Visit
from tests.providers.further import FURTHER
from tests.providers.google import FakeGoogle
from tests.providers.wordpress import FakeWordpress
from tests.providers.x import FakeX
from tests.sign_in import query_of

X = Case(
    provider="x",
    fake=FakeX,
    token="/api.x.com/2/oauth2/token",
    person={
        "issuer": "https://x.com",
        "subject": "2244994945",
        "name": "Alice",
        "url": "https://x.com/alice_writes",
        "picture": "https://pbs.twimg.com/profile_images/1/face_400x400.jpg",
        "email": None,
        "email_verified": False,
    },
    wrong_secret="The provider said: unauthorized_client: Missing valid authorization header",
    late="The provider said: invalid_request: Value passed for the authorization code was invalid.",
    pkce=True,
)
FACEBOOK = Case(
    provider="facebook",
    fake=FakeFacebook,
    token="/graph.facebook.com/v26.0/oauth/access_token",
    person={
        "issuer": "https://www.facebook.com",
        "subject": "10224440000000001",
        "name": "Alice",
        "url": None,
        "picture": "https://platform-lookaside.fbsbx.com/face.jpg",
        "email": "alice@mail.example",
        "email_verified": False,
    },
    wrong_secret="Facebook said: (1) Error validating client secret.",
    late="Facebook said: (100) This authorization code has expired.",
    pkce=False,
)
GOOGLE = Case(
    provider="google",
    fake=FakeGoogle,
    token="/oauth2.googleapis.com/token",
    person={
        "issuer": "https://accounts.google.com",
        "subject": "110169484474386276334",
        "name": "Alice",
        "url": None,
        "picture": "https://lh3.googleusercontent.com/a/face=s96-c",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret="The provider said: invalid_client: The provided client secret is invalid.",
    late="The provider said: invalid_grant: Bad Request",
    pkce=True,
)
WORDPRESS = Case(
    provider="wordpress",
    fake=FakeWordpress,
    token="/public-api.wordpress.com/oauth2/token",
    person={
        "issuer": "https://public-api.wordpress.com",
        "subject": "78972699",
        "name": "Alice",
        "url": "https://gravatar.com/alicewrites",
        "picture": "https://1.gravatar.com/avatar/5dac8ca0?s=96&d=identicon",
        "email": "alice@mail.example",
        "email_verified": True,
    },
    wrong_secret="The provider said: invalid_client: Incorrect client_secret.",
    late="The provider said: invalid_grant: Invalid authorization code.",
    pkce=False,
)
WORDPRESS_OPENID = Case(
    provider="wordpress",
    fake=FakeWordpress,
    token="/public-api.wordpress.com/oauth2-1/token",
    options={"openid": True},
    person=WORDPRESS.person,
    wrong_secret=WORDPRESS.wrong_secret,
    late=WORDPRESS.late,
    pkce=True,
)
CASES = [
    pytest.param(X, id="x"),
    pytest.param(FACEBOOK, id="facebook"),
    pytest.param(GOOGLE, id="google"),
    pytest.param(WORDPRESS, id="wordpress"),
    pytest.param(WORDPRESS_OPENID, id="wordpress by openid"),
    *(pytest.param(case, id=name) for name, case in FURTHER.items()),
]
each = pytest.mark.parametrize("case", CASES)


@each
def test_a_reader_signs_in_and_the_blog_gets_a_session(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    made = visit.signs_in()
    assert made["access_token"].startswith("st_")
    assert (made["person"]["name"], made["person"]["provider"]) == (case.person["name"], case.provider)
    (person,) = visit.persons()
    assert {name: getattr(person, name) for name in case.person} == case.person


@each
def test_pkce_goes_where_it_is_known_and_nowhere_else(visit_at, case: Case) -> None:
    asked = query_of(case.visit(visit_at).departs())
    assert ("code_challenge" in asked) is case.pkce
    assert asked["redirect_uri"] == f"http://localhost:8000/auth/{case.provider}/callback"


@each
def test_a_reader_who_presses_cancel_has_declined(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    visit.fake.denies = True
    reason, _detail = visit.fails()
    assert reason == "denied"
    assert not any(call.startswith("POST") for call in visit.fake.calls)


@each
def test_a_wrong_secret_is_told_as_such(visit_at, case: Case) -> None:
    visit = case.visit(visit_at, client_secret=case.wrong)
    assert visit.fails() == ("provider_misconfigured", case.wrong_secret)


@each
def test_a_code_that_is_used_up_or_too_old_is_a_late_sign_in(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    assert visit.fails(lambda: vars(visit.fake).update(later=visit.fake.lasts + 1)) == ("login_expired", case.late)


@each
def test_an_outage_is_told_as_such(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    visit.fake.broken[case.token] = (503, "<h1>Over capacity</h1>")
    reason, detail = visit.fails()
    assert (reason, detail) == ("provider_down", f"https:/{case.token} answered 503.")


@each
def test_a_provider_that_is_gone_is_down(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    reason, detail = visit.fails(visit.fake.close)
    assert reason == "provider_down"
    assert "cannot be reached" in str(detail)


@each
def test_a_limit_is_told_as_such(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    visit.fake.broken[case.token] = (429, {"title": "Too Many Requests"})
    assert visit.fails() == ("provider_quota", f"https:/{case.token} answered 429: a limit is reached.")


@each
def test_no_secret_of_ours_and_no_token_is_in_an_address(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    address = visit.departs()
    visit.returns(visit.agrees_at(address))
    spoken = " ".join([address, *visit.fake.calls])
    assert [secret for secret in (CLIENT_SECRET, case.secret, *visit.fake.tokens) if secret in spoken] == []


@each
def test_the_same_account_is_the_same_person_though_all_else_has_changed(visit_at, case: Case) -> None:
    visit = case.visit(visit_at)
    first = visit.signs_in()["person"]["id"]
    fake: Any = visit.fake
    fake.user |= {name: "Alicia" for name in ("name", "display_name", "global_name") if name in fake.user}
    again = Visit(house=visit.house, browser=visit.browser, fake=fake, provider=case.provider, site=visit.site)
    person = again.signs_in()["person"]
    assert (person["id"], person["name"]) == (first, case.later_name)
