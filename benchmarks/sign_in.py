"""How long a reader waits for us after the provider has sent them back, until the form says their name.

The provider's own time is measured beside: the same exchange of a code, asked of it directly. What is left of the whole
is ours. In Chromium the time of the browser counts too: two pages, two scripts, the message between two windows.
"""

import http.client
import json
import re
import secrets
import statistics
import tempfile
import time
import urllib.parse
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Request, sync_playwright

from benchmarks.trial import Trial, trial
from moderation.cli.demo.accounts import ACCOUNTS
from moderation.cli.demo.content import recall
from moderation.foundation.tokens import s256
from tests.chromium import ARGUMENTS, find_chromium

_BAR = 0.300
_ME = ACCOUNTS[0]


def measure(*, short: bool = False) -> Iterator[str]:
    """Yield the provider's own time, then ours: for the calls alone, and in a browser."""
    with trial() as running:
        provider = statistics.median(_ask_provider(running) for _ in range(5 if short else 30))
        yield f"the provider's own answer        {provider * 1000:6.1f} ms"
        calls = [sign_in(running) - provider for _ in range(10 if short else 60)]
        yield _line("all our calls of a sign-in", calls)
        if short:
            return
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
            chromium = find_chromium(playwright.chromium.executable_path, Path(folder))
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            shown = [_see(browser, running) - provider for _ in range(15)]
            browser.close()
        yield _line("until the form says the name", shown)


def _line(what: str, seconds: list[float]) -> str:
    median, slowest = statistics.median(seconds) * 1000, max(seconds) * 1000
    return f"{what:32}{median:7.1f} ms   bar {_BAR * 1000:.0f} ms   slowest {slowest:.0f} ms"


# --- the calls --------------------------------------------------------------------------------------------------------


def sign_in(running: Trial) -> float:
    """Return the seconds from the callback to the session, as a browser would call."""
    service, blog, page = (running.told[name] for name in ("service", "blog", "page"))
    attempt, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    asked = {"site": running.told["site"], "origin": blog, "page": page, "attempt": attempt}
    query = urllib.parse.urlencode({**asked, "challenge": s256(verifier)})
    there = _call("GET", f"{service}/login/demo?{query}", headers={"Referer": f"{blog}/"})
    cookie = {"Cookie": there.headers["Set-Cookie"].partition(";")[0]}
    back = _agree(there.headers["Location"])
    began = time.perf_counter()
    _call("GET", back, headers=cookie)
    _call("GET", f"{service}/login/done/{attempt}", headers=cookie)
    _call("GET", f"{service}/static/login.js")
    code = _call("POST", f"{service}/login/done/{attempt}", headers={**cookie, "Origin": service}).json["code"]
    sent = {"code": code, "code_verifier": verifier, "attempt": attempt, "site": running.told["site"]}
    kind = {"Content-Type": "application/json", "Origin": blog}
    made = _call("POST", f"{service}/api/v1/token", json.dumps(sent), kind)
    took = time.perf_counter() - began
    if made.json["person"]["name"] != _ME.name:
        raise RuntimeError("somebody else is signed in")
    return took


def _ask_provider(running: Trial) -> float:
    """Return the seconds that the provider takes to exchange a code."""
    issuer, verifier = running.told["issuer"], secrets.token_urlsafe(48)
    callback = f"{running.told['service']}/auth/demo/callback"
    asked = {"response_type": "code", "client_id": "trial", "redirect_uri": callback, "scope": "openid profile email"}
    asked |= {"state": "s", "nonce": "n", "code_challenge": s256(verifier), "code_challenge_method": "S256"}
    back = _agree(f"{issuer}/authorize?{urllib.parse.urlencode(asked)}")
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier}
    proof = b64encode(f"trial:{recall(running.data).client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}", "Content-Type": "application/x-www-form-urlencoded"}
    began = time.perf_counter()
    told = _call("POST", f"{issuer}/token", urllib.parse.urlencode(form), headers)
    took = time.perf_counter() - began
    if "id_token" not in told.json:
        raise RuntimeError("the provider did not say who it is")
    return took


def _agree(address: str) -> str:
    """Say at the provider who one is, and return where it sends the reader."""
    question = _call("GET", address)
    number = re.search(r'name="request" value="([^"]+)"', question.text)
    if number is None:
        raise RuntimeError("the provider does not ask")
    form = urllib.parse.urlencode({"request": number[1], "person": _ME.subject})
    cookie = question.headers["Set-Cookie"].partition(";")[0]
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    choose = urllib.parse.urljoin(address, "/choose")
    return str(_call("POST", choose, form, headers).headers["Location"])


class _Told:
    """What a server answered."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.text, self.headers, self.status = answer.read().decode(), answer.headers, answer.status

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def _call(method: str, address: str, body: str | None = None, headers: dict[str, str] | None = None) -> _Told:
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers or {})
    told = _Told(connection.getresponse())
    connection.close()
    if told.status >= 400:
        raise RuntimeError(f"{parts.path} answered {told.status}: {told.text[:200]}")
    return told


# --- a browser --------------------------------------------------------------------------------------------------------


def _see(browser: Browser, running: Trial) -> float:
    """Return the seconds from the callback to the form that says the name, for a reader who comes the first time."""
    context = browser.new_context()
    came: list[float] = []

    def note(asked: Request) -> None:
        if "/auth/demo/callback" in asked.url:
            came.append(time.perf_counter())

    context.on("request", note)
    page = context.new_page()
    page.goto(running.told["page"])
    thread = page.locator("comment-thread")
    thread.locator("#body").click()
    with context.expect_page() as opened:
        thread.get_by_role("button", name="Demo", exact=True).click()
    opened.value.get_by_role("button", name=_ME.name).click(no_wait_after=True)
    thread.locator("[part=account]").get_by_text(_ME.name).wait_for()
    took = time.perf_counter() - came[0]
    context.close()
    return took
