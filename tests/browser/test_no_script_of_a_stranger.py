"""Whatever a stranger sends as text, name, website or title, none of it runs: not for readers, not for moderators."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.people import Author, Reader
from tests.browser.trial import Trial, own_key, unlike_any

# Whatever the payloads call is caught; so is what only the page's own policy has stopped.
TRAP = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print"])
  window[name] = (...said) => { __ran.push([name, ...said].join(" ")); };
addEventListener("securitypolicyviolation", (event) =>
  __ran.push(`stopped: ${event.violatedDirective} ${event.blockedURI}`));
"""
CAUGHT = "() => new Promise((done) => { (function look() { __ran.length ? done() : setTimeout(look, 10); })(); })"
# All that was to be loaded at once has come or failed, and what waited for that has had its turn.
SETTLED = """async () => {
  const roots = [document, ...[...document.querySelectorAll("comment-thread")].map((thread) => thread.shadowRoot)];
  const images = roots.flatMap((root) => [...root.querySelectorAll("img:not([loading=lazy])")]);
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
  await new Promise((done) => requestIdleCallback(() => setTimeout(done), { timeout: 2000 }));
}"""
PUT = "(html) => document.body.append(document.createRange().createContextualFragment(html))"
# What stands in a comment must be plain: these elements, no handlers, no addresses that do more than lead somewhere.
ODD = """(roots, allowed) => roots.flatMap((root) => [...root.querySelectorAll("*")]).filter((element) =>
  !allowed.includes(element.localName)
  || [...element.attributes].some(({ name }) => /^on|^style$|^srcdoc$/.test(name))
  || (element.hasAttribute("href") && !["http:", "https:", "mailto:"].includes(element.protocol))
).map((element) => element.outerHTML)"""
PLACES = ("body", "name", "website", "title")
PLAIN = ["p", "br", "em", "strong", "del", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "bdi", "span"]
OWN = [
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "[click](  java\tscript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    '[click](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    "![x](javascript:alert(1))",
    '![" onerror="alert(1)](https://a.example/x.png)',
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    '```"><img/src=x/onerror=alert(1)>\ncode\n```',
    "https://a.example/<script>alert(1)</script>",
    "https://a.example/?q='onmouseover='alert(1)",
    "https://a.example/#javascript:alert(1)",
    "http://javascript:1/alert(1)",
    "https://a.example/%22onmouseover=%22alert(1)",
    '"autofocus onfocus="alert(1)',
    "{{constructor.constructor('alert(1)')()}}",
]


def spread(payloads: list[str], count: int) -> list[str]:
    """Return that many of them, evenly from the first to the last."""
    return [payloads[number * len(payloads) // count] for number in range(count)] if payloads else []


@pytest.fixture(scope="session")
def payloads(shared_data: Path) -> list[str]:
    """Some of every source, our own first."""
    by_source: dict[str, list[str]] = {}
    for line in (shared_data / "xss" / "vectors.jsonl").read_text().strip().split("\n"):
        vector = json.loads(line)
        by_source.setdefault(vector["source"], []).append(vector["payload"])
    vectors = [payload for found in by_source.values() for payload in spread(found, 100 // len(by_source))]
    fixtures = "\n".join(file.read_text() for file in sorted((shared_data / "xss").glob("*.md")))
    markdown = re.findall(r"^\.\n(.*?)\n\.\n.*?\n?\.$", fixtures, re.MULTILINE | re.DOTALL)
    assert len(vectors) > 80
    assert len(markdown) >= 15
    return OWN + vectors + markdown


@pytest.fixture
def trapped(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Make a browser in which nothing runs unseen; with ``bypass_csp`` the pages' own policies do not help."""

    def make(**more: Any) -> BrowserContext:
        context = new_context(**more)
        context.add_init_script(TRAP)
        return context

    return make


def ran(page: Page) -> list[str]:
    page.evaluate(SETTLED)
    return list(page.evaluate("window.__ran"))


def odd(place: Locator) -> list[str]:
    return list(place.evaluate_all(ODD, PLAIN))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("bypass_csp", [False, True])
@pytest.mark.parametrize("payload", OWN[:2])
def test_the_trap_catches_what_runs(
    trapped: Callable[..., BrowserContext], trial: Trial, payload: str, bypass_csp: bool
) -> None:
    page = trapped(bypass_csp=bypass_csp).new_page()
    page.goto(trial.dashboard)
    page.evaluate(PUT, f"<div class=said>{payload}</div>")
    page.evaluate(CAUGHT)
    assert [words.split()[0] for words in ran(page)] == ["alert" if bypass_csp else "stopped:"]
    assert odd(page.locator(".said")) != []


def attack(trial: Trial, payloads: list[str], key: str) -> dict[str, list[str]]:
    """Send every payload in every place that takes it; returns what was taken, by place."""
    taken: dict[str, list[str]] = {}
    for place in PLACES:
        for number, payload in enumerate(payloads if place == "body" else spread(payloads, 60)):
            body = payload if place == "body" else unlike_any(f"As {place}.")
            page = f"{key}/{place}/{number // 90 if place == 'body' else number if place == 'title' else 0}"
            given = {} if place == "body" else {place: payload}
            if place == "website":
                given = {place: payload if ":" in payload[:12] else f"https://a.example/{payload}"}
            answer = trial.send(body, page=page, **given)
            assert answer.status_code in (201, 422), (payload, answer.text)
            if answer.status_code == 201:
                taken.setdefault(place, []).append(answer.json()["id"])
    return taken


def slices(owner: Author, address: str) -> Iterator[Page]:
    """Look at every slice of a list of the queue."""
    owner.page.goto(address)
    while True:
        yield owner.page
        after = owner.page.locator("[data-more]")
        if not after.count():
            return
        owner.page.goto(str(after.evaluate("link => link.href")))


def look_at_queue(owner: Author, address: str) -> set[str]:
    """Look for what should not be in a list of the queue; returns the comments seen."""
    seen: set[str] = set()
    for page in slices(owner, address):
        assert odd(page.locator(".card .said, .card h2, .card .where, .card .meta")) == []
        assert ran(page) == []
        seen |= set(page.locator(".card").evaluate_all("cards => cards.map((card) => card.id)"))
    return seen


def look_at_thread(reader: Reader, key: str) -> int:
    """Look for what should not be in a thread; returns how many comments it shows."""
    reader.open_elsewhere(key)
    while reader.thread.locator("[part=more]").is_visible():
        with reader.page.expect_response("**/api/v1/thread*"):
            reader.thread.locator("[part=more]").click()
    expect(reader.thread.locator("[part~=comment]").first).to_be_visible()
    reader.box.click()
    expect(reader.post).to_be_visible()
    for button in reader.thread.get_by_role("button", name="Reply").all()[:3]:
        button.click()
    assert odd(reader.thread.locator(".text, .meta .author, [part=heading], [part=form-heading]")) == []
    assert ran(reader.page) == []
    return reader.thread.locator("[part~=comment]").count()


@pytest.mark.timeout(300)
def test_nothing_that_a_stranger_sends_runs(
    trapped: Callable[..., BrowserContext],
    reader: Callable[..., Reader],
    author: Callable[..., Author],
    trial: Trial,
    payloads: list[str],
) -> None:
    key = own_key("attack")
    taken = attack(trial, payloads, key)
    sent = {comment for place in taken.values() for comment in place}
    # Every place has let some of them in, else nothing would be tried here.
    assert {place: min(len(found), 4) for place, found in taken.items()} == dict.fromkeys(PLACES, 4)
    owners = [author(context=trapped(bypass_csp=bypass_csp)).sign_in() for bypass_csp in (False, True)]
    for owner in owners:
        held = look_at_queue(owner, f"{trial.dashboard}?order=newest")
        assert sent - held - look_at_queue(owner, f"{trial.dashboard}?status=spam") == set()
    trial.decide(*sent)
    assert sent - look_at_queue(owners[1], f"{trial.dashboard}?status=approved") == set()
    for bypass_csp in (False, True):
        guest = reader(context=trapped(bypass_csp=bypass_csp))
        shown = [look_at_thread(guest, f"{key}/{place}/0") for place in ("body", "name", "website")]
        assert sum(shown) + look_at_thread(guest, f"{key}/body/1") == sum(map(len, list(taken.values())[:3]))
        for number in range(0, 60, 12):
            guest.open_elsewhere(f"{key}/title/{number}")
            assert odd(guest.heading) == []
            assert ran(guest.page) == []
