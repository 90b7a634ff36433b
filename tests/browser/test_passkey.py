"""A passkey in a real browser, with Chromium's virtual authenticator: added, used, and refused when it is not right."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Locator, Page, Route, expect

from tests.browser.people import Author, Watch
from tests.browser.trial import Trial

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

ASK = """async () => {
  const form = document.querySelector("form[data-passkey]");
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
  const headers = { Accept: "application/json" };
  return (await fetch(form.dataset.options, { method: "POST", body, headers })).json();
}"""
SIGN = """async (options) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  return JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
}"""
HAND_ON = """(credential) => {
  const form = document.querySelector("form[data-passkey]");
  form.elements.credential.value = credential;
  form.submit();
}"""


class Device:
    """A device with passkeys, plugged into one page's browser."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self._add()

    def _add(self) -> str:
        return str(self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"])

    def passkeys(self) -> list[dict[str, Any]]:
        return list(self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def becomes(self, passkey: dict[str, Any]) -> None:
        """Be replaced by another device, which holds a copy of a passkey."""
        self.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.id})
        self.id = self._add()
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": passkey})

    def verifies(self, yes: bool) -> None:
        """Whether the person's finger, face or PIN is the right one."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})


class Owner(Author):
    """A moderator with a device."""

    def adds_a_passkey(self, name: str) -> "Owner":
        self.page.goto(self.account)
        self.page.get_by_label("What do you call this device?").fill(name)
        self.page.get_by_role("button", name="Add a passkey").click()
        expect(self.page.get_by_text("The passkey is added.")).to_be_visible()
        expect(self.row(name)).to_contain_text("not used yet")
        return self

    def signs_out(self) -> "Owner":
        self.page.goto(self.account)
        self.page.get_by_role("button", name="Sign out", exact=True).click()
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()
        return self

    def uses_a_passkey(self) -> None:
        self.page.get_by_role("button", name="Use a passkey").click()

    def is_in(self) -> None:
        expect(self.page.get_by_role("navigation", name="Rooms")).to_be_visible()

    def is_told(self, words: str) -> None:
        expect(self.page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()

    def row(self, name: str) -> Locator:
        return self.page.locator("li", has_text=name)

    def removes(self, name: str) -> None:
        self.page.goto(self.account)
        self.page.get_by_role("button", name=f"Remove {name}").click()
        expect(self.page.get_by_text("The passkey is removed.")).to_be_visible()

    @property
    def account(self) -> str:
        return f"{self.trial.service}/dashboard/account"


@pytest.fixture
def owner(enter: Callable[..., tuple[BrowserContext, Watch]], trial: Trial) -> Owner:
    """The trial's owner, signed in."""
    context, watch = enter()
    owner = Owner(context, trial, watch)
    owner.sign_in()
    return owner


def test_a_passkey_is_added_and_signs_in(owner: Owner) -> None:
    device = Device(owner.page)
    owner.adds_a_passkey("A virtual phone").signs_out()
    assert [passkey["rpId"] for passkey in device.passkeys()] == ["localhost"]
    owner.uses_a_passkey()
    owner.is_in()
    owner.page.goto(owner.account)
    expect(owner.row("A virtual phone")).to_contain_text("used just now")
    owner.removes("A virtual phone")


def test_a_device_has_one_passkey_for_a_person_and_says_so(owner: Owner) -> None:
    Device(owner.page)
    owner.adds_a_passkey("The only one")
    owner.page.get_by_role("button", name="Add a passkey").click()
    expect(owner.page.get_by_role("alert").filter(has_text="has a passkey for you already")).to_be_visible()
    owner.removes("The only one")


def test_a_person_who_is_not_verified_stays_outside(owner: Owner) -> None:
    device = Device(owner.page)
    owner.adds_a_passkey("A stolen phone").signs_out()
    device.verifies(False)
    owner.uses_a_passkey()
    owner.is_told("It was cancelled, or took too long.")
    # A page in the middle that asks for less gets a signature, which the service does not take.
    owner.page.route("**/sign-in/passkey/options", _ask_for_less)
    owner.watch.allow("403")
    owner.uses_a_passkey()
    owner.is_told("This passkey could not be checked.")
    device.verifies(True)
    owner.page.unroute("**/sign-in/passkey/options")
    owner.uses_a_passkey()
    owner.is_in()
    owner.removes("A stolen phone")


def test_a_copied_passkey_is_refused_and_blocked(owner: Owner) -> None:
    device = Device(owner.page)
    owner.adds_a_passkey("A copied key").signs_out()
    (copy,) = device.passkeys()
    owner.uses_a_passkey()
    owner.is_in()
    owner.signs_out()
    device.becomes(copy)
    owner.watch.allow("403")
    owner.uses_a_passkey()
    owner.is_told("as if it had been copied")
    owner.page.goto(owner.account)
    owner.give_password()
    owner.page.goto(owner.account)
    expect(owner.row("A copied key")).to_contain_text("Blocked")
    owner.removes("A copied key")


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.localhost"])
def test_the_browser_gives_no_passkey_to_another_host(
    owner: Owner, new_context: Callable[..., BrowserContext], host: str
) -> None:
    name = f"Not for {host}"
    device = Device(owner.page)
    owner.adds_a_passkey(name)
    page, other = new_context().new_page(), f"http://{host}:{urlsplit(owner.trial.service).port}"
    Device(page).becomes(device.passkeys()[0])
    page.goto(f"{other}/dashboard/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="does not allow passkeys at this address")).to_be_visible()
    owner.removes(name)


def test_the_service_takes_no_signature_that_another_origin_got(
    owner: Owner, new_context: Callable[..., BrowserContext]
) -> None:
    """Browsers do not look at the port: a page beside ours can get a signature, and hand it on."""
    device = Device(owner.page)
    owner.adds_a_passkey("Relayed")
    context = new_context()
    ours, beside = context.new_page(), context.new_page()
    Device(beside).becomes(device.passkeys()[0])
    ours.goto(f"{owner.trial.service}/dashboard/sign-in")
    options = ours.evaluate(ASK)
    beside.route(
        "**/*", lambda route: route.fulfill(body="<!doctype html><title>Beside</title>", content_type="text/html")
    )
    beside.goto("http://localhost:9/")
    ours.evaluate(HAND_ON, beside.evaluate(SIGN, options))
    expect(ours.get_by_role("alert").filter(has_text="could not be checked")).to_be_visible()
    ours.goto(f"{owner.trial.service}/dashboard/")
    expect(ours.get_by_role("heading", name="Sign in")).to_be_visible()
    owner.removes("Relayed")


def _ask_for_less(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=json.dumps(answer.json() | {"userVerification": "discouraged"}))
