"""One signs in at X, Facebook, Google, WordPress.com, whose pages cut their window off, without third-party cookies."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.people import Reader
from tests.browser.stage import furnished_with
from tests.browser.trial import Trial, unlike_any
from tests.providers.facebook import FakeFacebook
from tests.providers.fake import Fake
from tests.providers.google import FakeGoogle
from tests.providers.wordpress import FakeWordpress
from tests.providers.x import FakeX

# A provider's page asks, and stands alone in its window.
PAGE = """<!doctype html><link rel="icon" href="data:,"><title>{title}</title>
<p>Signed in as {name}.</p><p>{severed}</p><a href="{back}">Allow</a>
<script>document.querySelectorAll("p")[1].textContent = String(opener)</script>"""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A provider that the form has always had.

    Args:
        host: where readers are asked.
        chooser: what asks there for another account; None where there is no such thing.
        other: somebody else's account.
    """

    fake: type[Fake]
    label: str
    host: str
    chooser: tuple[str, str] | None
    other: dict[str, object]


NAMED = {
    "x": Named(fake=FakeX, label="X", host="x.com", chooser=None, other={"id": "7", "name": "Noor Haddad"}),
    "facebook": Named(
        fake=FakeFacebook,
        label="Facebook",
        host="www.facebook.com",
        chooser=("auth_type", "reauthenticate"),
        other={"id": "7", "name": "Noor Haddad"},
    ),
    "google": Named(
        fake=FakeGoogle,
        label="Google",
        host="accounts.google.com",
        chooser=("prompt", "select_account"),
        other={"sub": "7", "name": "Noor Haddad"},
    ),
    "wordpress": Named(
        fake=FakeWordpress,
        label="WordPress.com",
        host="public-api.wordpress.com",
        chooser=None,
        other={"ID": 7, "display_name": "Noor Haddad"},
    ),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Trial, dict[str, Fake]]]:
    """A blog and a service that know the four."""
    kinds = {kind: named.fake for kind, named in NAMED.items()}
    yield from furnished_with(tmp_path_factory.mktemp("named"), sqlite_template, kinds)


@pytest.mark.parametrize("kind", NAMED)
def test_one_signs_in_comments_changes_and_logs_out(
    reader: Callable[..., Reader], stage: tuple[Trial, dict[str, Fake]], kind: str
) -> None:
    (trial, fakes), named = stage, NAMED[kind]
    fake, there = fakes[kind], replace(trial, issuer=f"https://{named.host}")
    alice = reader(to=there)
    alice.context.route(re.compile(rf"^https://{re.escape(named.host)}/"), lambda route: ask(route, fake))
    alice.open(f"/page/{kind}")
    text = unlike_any("Read to me before sleeping.")

    alice.say(text)
    allow(press(alice, named))
    be(alice, "Alice", named)
    expect(alice.box).to_have_value(text)
    alice.post.click()
    expect(alice.comment(text)).to_contain_text("Your comment is awaiting moderation.")
    expect(alice.comment(text)).to_contain_text(f"via {named.label}")

    fake.user |= named.other
    alice.say("As somebody else.")
    alice.account.get_by_role("button", name="Change").click()
    window = press(alice, named)
    if named.chooser:
        parameter, value = named.chooser
        assert parse_qs(urlsplit(window.url).query)[parameter] == [value]
    allow(window)
    be(alice, "Noor Haddad", named)
    expect(alice.box).to_have_value("As somebody else.")

    with alice.page.expect_response("**/api/v1/logout") as answer:
        alice.account.get_by_role("button", name="Log Out").click()
    assert answer.value.status == 204
    expect(alice.thread).to_have_attribute("state", "out")
    expect(alice.comment(text)).to_have_count(0)
    expect(alice.box).to_have_value("As somebody else.")


TROUBLES = {
    "provider_down": (503, "busy", "X cannot be reached just now."),
    "provider_quota": (402, {"title": "CreditsDepleted"}, "X allows no more sign-ins here for now."),
    "provider_misconfigured": (401, {"error": "unauthorized_client"}, "Signing in with X is not set up correctly"),
    "provider_bad_reply": (200, {"token_type": "bearer"}, "X gave an answer that we do not understand."),
    "login_expired": (400, {"error": "invalid_grant"}, "Signing in took too long."),
}


def test_whatever_ails_the_provider_is_said_where_one_waits_and_loses_nothing(
    reader: Callable[..., Reader], stage: tuple[Trial, dict[str, Fake]]
) -> None:
    (trial, fakes), named = stage, NAMED["x"]
    alice = reader(to=replace(trial, issuer=f"https://{named.host}"))
    alice.context.route(re.compile(r"^https://x\.com/"), lambda route: ask(route, fakes["x"]))
    alice.open("/page/troubles").say("A long letter.")
    for code, (status, said, sentence) in TROUBLES.items():
        fakes["x"].broken = {"/api.x.com/2/oauth2/token": (status, said)}
        allow(press(alice, named))
        expect(alice.thread).to_have_attribute("state", f"error:{code}")
        expect(alice.identity).to_contain_text(sentence)
        expect(alice.thread.get_by_label("Name (required)")).to_be_visible()
        expect(alice.box).to_have_value("A long letter.")
    fakes["x"].broken = {}
    allow(press(alice, named))
    expect(alice.thread).to_have_attribute("state", "in")


def press(alice: Reader, named: Named) -> Page:
    """Start to sign in, and come to the provider's page, which knows nothing of the blog's."""
    with alice.context.expect_page() as opened:
        alice.thread.get_by_role("button", name=named.label, exact=True).click()
    window = opened.value
    window.wait_for_url(f"https://{named.host}/**")
    expect(window.locator("p").last).to_have_text("null")
    return window


def allow(window: Page) -> None:
    """Agree at the provider; the window closes itself in the end."""
    with window.expect_event("close"):
        window.get_by_role("link", name="Allow").click(no_wait_after=True)


def be(alice: Reader, name: str, named: Named) -> None:
    """See who the form says one is."""
    expect(alice.thread).to_have_attribute("state", "in")
    expect(alice.account).to_contain_text(f"{name}: You are commenting using your {named.label} account.")
    assert "login=" not in alice.page.url


def ask(route: Route, fake: Fake) -> None:
    """Answer a browser in the provider's place: as strict as the fake, but it asks before it sends anybody back."""
    said = requests.get(fake.address(route.request.url), allow_redirects=False, timeout=10)
    assert said.status_code in (302, 303), said.text
    name = fake.user.get("name") or fake.user["display_name"]
    page = PAGE.format(title="Allow?", name=escape(name), severed="", back=escape(said.headers["Location"]))
    headers = {"Content-Type": "text/html; charset=utf-8", "Cross-Origin-Opener-Policy": "same-origin"}
    route.fulfill(status=200, headers=headers, body=page)
