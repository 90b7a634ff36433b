"""Issuers that others made sign people in: a certified one, and one for tests."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from moderation.records import Attempt, Person, ProviderKeys
from moderation.web.house import House
from tests import make
from tests.clock import give_clock
from tests.providers.certified import Certified, certified
from tests.sign_in import CLIENT_SECRET, SERVICE, BlogPage, Browser, nobody_signed_in, provider_keys, query_of


@dataclass(kw_only=True)
class Reader:
    """Somebody with a browser, known to the issuer as Alice or Bob.

    Args:
        says: what goes with the form of an issuer that asks.
    """

    app: Flask
    site: str
    says: dict[str, str] = field(default_factory=dict)
    there: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.house: House = self.app.extensions["house"]
        self.browser = Browser(self.app.test_client())
        self.there.trust_env = False

    def goes(self, blog: BlogPage, **changes: Any) -> str:
        """Go to the issuer, through all its pages, and return where it sends the reader back to."""
        address = self.browser.goes(blog, **changes).location
        while not address.startswith(SERVICE):
            method = "POST" if self.says else "GET"
            answer = self.there.request(method, address, data=self.says, allow_redirects=False, timeout=10)
            assert answer.status_code in (302, 303), answer.text
            address = urljoin(address, answer.headers["Location"])
        return address

    def signs_in(self, **changes: Any) -> dict[str, Any]:
        """Sign in from a new page, and return what the blog gets."""
        blog = BlogPage(site=self.site)
        self.browser.returns(self.goes(blog, **changes))
        return self.exchanges(blog)

    def exchanges(self, blog: BlogPage) -> dict[str, Any]:
        """Return what the blog gets: a session, or why there is none."""
        told: dict[str, Any] = dict(self.browser.asks_for_code(blog.attempt).json)
        if "code" not in told:
            with self.house.database.reading() as db:
                return told | {"detail": db.get_one(Attempt, blog.attempt).detail}
        return dict(blog.exchanges(self.browser.client, told["code"]).json)

    def person(self) -> Person:
        """Return the one who signed in."""
        with self.house.database.reading() as db:
            return db.scalars(select(Person)).one()


@pytest.fixture
def come(start_app: Callable[..., Flask]) -> Callable[..., Reader]:
    """Set an issuer up, and let a reader come."""

    def come(address: str, client_id: str, **options: Any) -> Reader:
        app = start_app(address.removeprefix("http://"))
        house: House = app.extensions["house"]
        with house.database.transaction() as db:
            keys = provider_keys(db, house.keys, issuer=address, options=options)
            keys.client_id = client_id
            return Reader(app=app, site=make.site(db).key)

    return come


# --- oidc-provider, certified by the OpenID Foundation ----------------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Iterator[Certified]:
    """The certified provider, which answers for all tests of this file; everybody is Alice there."""
    with certified(redirect_uri=f"{SERVICE}/auth/demo/callback", secret=CLIENT_SECRET) as running:
        yield running


def test_a_reader_signs_in_by_basic_authentication_and_comes_again(come, provider) -> None:
    alice = come(provider.address, "basic")
    first = alice.signs_in()
    assert first["person"]["name"] == "Alice"
    assert alice.signs_in()["person"]["id"] == first["person"]["id"]
    person = alice.person()
    assert (person.issuer, person.subject) == (provider.address, "alice")
    assert (person.email, person.email_verified) == ("alice@mail.example", True)


def test_a_client_that_posts_its_secret_gets_a_token_signed_by_a_curve(come, provider) -> None:
    alice = come(provider.address, "post", auth="client_secret_post")
    assert alice.signs_in()["person"]["name"] == "Alice"


def test_what_only_userinfo_tells_is_asked_there(come, provider) -> None:
    # A certified provider puts neither name nor e-mail into the ID token when there is a token to ask with.
    alice = come(provider.address, "basic", scope="openid email")
    alice.signs_in()
    person = alice.person()
    assert (person.name, person.email) == ("Somebody", "alice@mail.example")


def test_change_asks_who_it_is_although_the_provider_knows(come, provider) -> None:
    alice = come(provider.address, "basic")
    alice.signs_in()
    assert alice.signs_in(change="1")["person"]["name"] == "Alice"


def test_a_key_that_was_changed_is_asked_for_once_more(come, provider) -> None:
    alice = come(provider.address, "basic")
    clock = give_clock(alice.app)
    assert "person" in alice.signs_in()
    provider.told("rotate")
    # Within a minute after we looked, nobody can make us look again.
    assert alice.signs_in()["detail"] == "The ID token was signed with an unknown key."
    clock.ahead = timedelta(seconds=65)
    assert "person" in alice.signs_in()


def test_who_declines_there_is_not_signed_in(come, provider) -> None:
    alice = come(provider.address, "basic")
    provider.told("deny")
    try:
        assert alice.signs_in()["error"] == "denied"
    finally:
        provider.told("agree")
    assert nobody_signed_in(alice.house)


def test_a_wrong_secret_is_told_to_the_owner(come, provider) -> None:
    alice = come(provider.address, "basic")
    with alice.house.database.transaction() as db:
        db.get_one(ProviderKeys, "demo").client_secret = alice.house.keys.encrypt("provider", b"not the secret")
    failed = alice.signs_in()
    assert failed["error"] == "provider_misconfigured"
    assert failed["detail"] == "The provider said: invalid_client: client authentication failed"


def test_a_stolen_code_is_of_no_use_at_the_provider_either(come, provider) -> None:
    alice = come(provider.address, "basic")
    mallory = Reader(app=alice.app, site=alice.site)
    blog, theirs = BlogPage(site=alice.site), BlogPage(site=mallory.site)
    back, their_way = alice.goes(blog), mallory.goes(theirs)
    mallory.browser.returns(their_way.replace(query_of(their_way)["code"], query_of(back)["code"]))
    failed = mallory.exchanges(theirs)
    assert failed == {"error": "login_expired", "detail": "The provider said: invalid_grant: grant request is invalid"}


# --- oidc-provider-mock -----------------------------------------------------------------------------------------------


still_uses_what_authlib_drops = pytest.mark.filterwarnings(
    "ignore::authlib.deprecate.AuthlibDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """The address of an issuer for tests, at which everybody who comes says to be Bob."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread

        known = [User(sub="bob", claims={"name": "Bob", "email": "bob@mail.example"})]
        with run_server_in_thread(user_claims=known) as server:
            yield f"http://localhost:{server.server_port}"


@still_uses_what_authlib_drops
@pytest.mark.parametrize("auth", ["auto", "client_secret_basic", "client_secret_post"])
def test_an_issuer_for_tests_signs_people_in(come, mock, auth) -> None:
    bob = come(mock, "anybody", auth=auth)
    bob.says = {"sub": "bob"}
    assert bob.signs_in()["person"]["name"] == "Bob"
    assert (bob.person().subject, bob.person().email) == ("bob", "bob@mail.example")


@still_uses_what_authlib_drops
def test_a_denial_that_does_not_say_of_what_leads_back_to_the_blog(come, mock) -> None:
    # This issuer forgets the state with an error.
    bob = come(mock, "anybody")
    bob.says = {"action": "deny"}
    answer = bob.browser.returns(bob.goes(BlogPage(site=bob.site)))
    assert answer.status_code == 404
    assert "Go back to the blog and start again." in answer.text
    assert nobody_signed_in(bob.house)
