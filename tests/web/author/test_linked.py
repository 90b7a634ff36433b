"""Entering the dashboard by an account elsewhere, with a real OpenID Connect issuer that lies when told to."""

import re
from datetime import timedelta
from html import unescape

import pytest

from moderation.identity.provider import Profile
from moderation.identity.recognise import recognise
from moderation.records import DashboardAttempt, LinkedIdentity, ModeratorSession, Person, Site
from tests import lying_issuer, make
from tests.sign_in import path_of, provider_keys, visit
from tests.web.author.conftest import ACCOUNT, ROOM, SEALED, SIGN_IN, Visitor, told

LINK = f"{ACCOUNT}/linked/demo"
ENTER = f"{SIGN_IN}/with/demo"


@pytest.fixture(scope="module")
def running():
    """An issuer that answers for all tests of the file."""
    with lying_issuer.issuer() as running:
        yield running


@pytest.fixture
def issuer(running):
    running.forget()
    return running


@pytest.fixture
def app(start_app, issuer):
    return start_app(outbound_exceptions=frozenset({issuer.place}))


@pytest.fixture(autouse=True)
def keys(house, issuer):
    with house.database.transaction() as db:
        provider_keys(db, house.keys, issuer=issuer.address)


def leaves(visitor, path, page):
    """Press the button; returns where the page leads on to."""
    answer = visitor.send(path, page=page)
    assert answer.status_code == 200, answer.location
    return unescape(re.search(r'content="0; url=([^"]+)"', answer.text)[1])


def goes(visitor, path, page):
    """Go to the issuer and come back."""
    return visitor.get(path_of(visit(leaves(visitor, path, page))))


@pytest.fixture
def linked(ada):
    """Ada's account at the issuer, linked."""
    answer = goes(ada, LINK, ACCOUNT)
    assert (answer.status_code, answer.location) == (303, f"{ACCOUNT}#linked")
    assert "The account is linked." in ada.text(ACCOUNT)


def test_an_account_is_linked_and_then_opens_the_dashboard(linked, ada, visitor):
    assert "Continue with Demo" in visitor.text(SIGN_IN)
    assert goes(visitor, ENTER, SIGN_IN).location == ROOM
    assert visitor.is_in
    assert "used just now" in ada.text(ACCOUNT)


def test_before_anybody_linked_one_the_sign_in_offers_none(visitor):
    assert "Continue with" not in visitor.text(SIGN_IN)


def test_an_account_that_is_not_linked_opens_nothing_though_its_address_is_the_owners(visitor, issuer, house):
    issuer.user = {"sub": "mallory", "name": "M", "email": "ada@blog.example", "email_verified": True}
    goes(visitor, ENTER, SIGN_IN)
    assert "is not linked to a moderator" in visitor.text(ACCOUNT)
    assert not visitor.is_in
    with house.database.reading() as db:
        assert db.query(Person).count() == db.query(LinkedIdentity).count() == 0


def test_a_linked_account_is_asked_for_the_code_too(linked, authenticator, visitor):
    assert goes(visitor, ENTER, SIGN_IN).location.startswith(f"{SIGN_IN}/code")
    assert not visitor.is_in
    visitor.send(f"{SIGN_IN}/code", page=f"{SIGN_IN}/code", code=authenticator.code())
    assert visitor.is_in


def test_an_unlinked_account_opens_nothing(linked, ada, visitor, issuer, house):
    for _ in range(2):
        ada.send(f"{ACCOUNT}/linked/remove", issuer=issuer.address, subject="alice")
    goes(visitor, ENTER, SIGN_IN)
    assert not visitor.is_in
    assert told(house) == [(change, "ada@blog.example") for change in ("account_linked", "account_unlinked")]


def test_an_answer_works_once_and_in_the_browser_that_began_it(linked, visitor, app):
    back = path_of(visit(leaves(visitor, ENTER, SIGN_IN)))
    other = Visitor(app)
    other.get(SIGN_IN)
    other.get(back)
    assert not other.is_in
    assert visitor.get(back).location == ROOM
    visitor.client.post("/dashboard/sign-out", data={"csrf_token": visitor.token(ACCOUNT)})
    visitor.get(back)
    assert not visitor.is_in


def test_nobodys_account_is_linked_to_a_moderator_who_was_sent_the_address(ada, app, house):
    """An attacker's link, opened in Ada's browser, must not link the attacker's account to Ada."""
    with house.database.transaction() as db:
        make.moderator(db, email="eve@blog.example", password=SEALED.hash)
    eve = Visitor(app)
    eve.signs_in("eve@blog.example")
    back = path_of(visit(leaves(eve, LINK, ACCOUNT)))
    ada.get(back)
    with house.database.reading() as db:
        assert db.query(LinkedIdentity).count() == 0


def test_a_session_that_ended_meanwhile_links_nothing(ada, house):
    back = path_of(visit(leaves(ada, LINK, ACCOUNT)))
    with house.database.transaction() as db:
        db.query(ModeratorSession).update({"revoked_at": house.now()})
    ada.get(back)
    with house.database.reading() as db:
        assert db.query(LinkedIdentity).count() == 0


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"error": "access_denied"}, "did not go through"),
        ({"iss": "https://evil.example"}, "did not answer as it should"),
        ({"code": "forged"}, "took too long"),
    ],
)
def test_what_goes_wrong_there_is_told_and_opens_nothing(linked, visitor, issuer, answer, told):
    issuer.lies.answer = lambda said: said | answer
    issuer.asked = {"forged": {"code_challenge": "another's"}}
    goes(visitor, ENTER, SIGN_IN)
    assert told in visitor.text(SIGN_IN)
    assert not visitor.is_in


def test_a_provider_that_makes_no_sense_is_told(linked, visitor, issuer):
    issuer.lies.token = lambda token: []
    goes(visitor, ENTER, SIGN_IN)
    assert "did not answer as it should" in visitor.text(SIGN_IN)
    assert not visitor.is_in


def test_a_provider_that_is_not_there_is_missing(visitor):
    assert visitor.send(f"{SIGN_IN}/with/nowhere", page=SIGN_IN).status_code == 404


def test_linking_asks_again_after_a_quarter_of_an_hour(ada, house):
    ada.waits(timedelta(minutes=15))
    assert "/dashboard/confirm" in ada.send(LINK).location
    with house.database.reading() as db:
        assert db.query(DashboardAttempt).count() == 0


def test_a_readers_sign_in_never_opens_the_dashboard(linked, visitor, house):
    """The same account at the same provider, by the blog's way: it makes a commenter, and no moderator's session."""
    with house.database.transaction() as db:
        site = db.query(Site).one()
        before = db.query(ModeratorSession).count()
        known = db.query(LinkedIdentity).one()
        profile = Profile(issuer=known.issuer, subject=known.subject, name="Alice")
        recognise(db, site_id=site.id, provider="demo", profile=profile, now=house.now())
        assert db.query(ModeratorSession).count() == before
    assert not visitor.is_in
