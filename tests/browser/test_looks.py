"""Every page fits a telephone and a desk, in light and dark, and can be used by everybody; no text bursts it."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Author, Reader, Watch
from tests.browser.trial import Trial, fresh_installation, own_key, unlike_any

LOOKS = list(product((390, 1200), ("light", "dark")))
# Each width and each scheme once; the rest would only be slower.
READ = [(390, "dark"), (1200, "light")]
STANDARD = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth > width ? document.documentElement.scrollWidth - width : 0;
}"""
# Text that tries to burst a page: the longest word, a rope of combining marks, many kinds of writing, overrides.
POISON = {
    "one word": "W" * 8192,
    "one address": "https://blog.example/" + "a" * 2000,
    "marks": "".join(letter + "\u0336\u0310\u0359\u0321" * 12 for letter in "He comes for the page") + " end",
    "pictures": "👩‍👩‍👧‍👦🏳️‍🌈" * 300,
    "overrides": "Look: \u202egnp.exe\u202c and \u2067this\u2069 \u202e\u202e\u202e never ends",
    "code": "```\n" + "x" * 3000 + "\n```",
    "quotes": ">" * 200 + " deep",
    "lists": "".join("  " * depth + "- deep\n" for depth in range(60)),
    "two ways": "שלום " * 100 + "hello " * 100,
}


def hold(page: Page, name: str) -> None:
    """Hold a page to every look, and to the standard of accessibility."""
    found = {}
    page.wait_for_load_state("load")
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if beyond := page.evaluate(OVERFLOW):
            found[f"{name}, {width} px, {scheme}: beyond the edge"] = beyond
        if (width, scheme) not in READ:
            continue
        results = Axe().run(page, options={"runOnly": STANDARD, "resultTypes": ["violations"]})
        if results.violations_count:
            found[f"{name}, {width} px, {scheme}"] = results.generate_report()
    assert found == {}, "\n".join(f"{where}: {what}" for where, what in found.items())


def test_a_post_with_its_form_open(reader: Callable[..., Reader]) -> None:
    guest = reader().open()
    guest.say("Look at me.").introduce("Ann", "no address")
    guest.post.click()
    expect(guest.thread.locator("#email-error")).not_to_be_empty()
    hold(guest.page, "post")


def test_a_post_with_a_waiting_comment_and_somebody_signed_in(reader: Callable[..., Reader]) -> None:
    ida = reader().open()
    ida.say(unlike_any("See how it waits.")).sign_in("Wilhelmina Brandt-Featherstone").post.click()
    expect(ida.thread.locator("[part~=waiting]")).to_be_visible()
    ida.thread.get_by_role("button", name="Reply to").first.click()
    hold(ida.page, "signed in")


def test_the_dashboard(author: Callable[..., Author], trial: Trial) -> None:
    owner = author()
    owner.page.goto(trial.dashboard)
    hold(owner.page, "sign-in")
    owner.sign_in("")
    hold(owner.page, "queue")
    owner.page.locator("article.card .when a").first.click()
    owner.page.wait_for_url("**/dashboard/comments/*")
    hold(owner.page, "comment")
    for room in ("Bans", "Sites", "Account"):
        owner.page.get_by_role("link", name=room, exact=True).click()
        expect(owner.page.get_by_role("heading", level=1)).to_have_text(room)
        hold(owner.page, room)


def test_the_windows_on_the_way_to_a_provider(reader: Callable[..., Reader], trial: Trial) -> None:
    ida = reader().open_elsewhere(own_key("looks"))
    ida.say("Which way?")
    window = ida.press_provider()
    window.wait_for_load_state()
    hold(window, "provider")
    start = next(one.url for one in ida.watch.requests if one.url.startswith(f"{trial.service}/login/demo"))
    window.goto(start)
    expect(window.get_by_role("heading", level=1)).to_contain_text("Sign in to 127.0.0.1")
    hold(window, "question")


@pytest.fixture
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with fresh_installation(tmp_path_factory.mktemp("installation")) as started:
        yield started


def test_the_first_owner_sets_the_service_up_by_a_link(
    installation: tuple[str, str], new_context: Callable[..., BrowserContext]
) -> None:
    service, link = installation
    page = new_context().new_page()
    page.goto(f"{service}/dashboard/")
    hold(page, "not set up")
    page.goto(link)
    hold(page, "set-up")
    page.get_by_label("Your name").fill("The Heron")
    page.get_by_label("E-mail address").fill("heron@blog.example")
    page.get_by_label("Password").fill("standing very still")
    page.get_by_label("Its name").fill("The Still Pond")
    expect(page.get_by_label("A short key")).to_have_value("the-still-pond")
    page.get_by_label("Its address").fill("https://pond.example")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("pre")).to_contain_text('<comment-thread site="the-still-pond"></comment-thread>')
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    hold(page, "empty queue")
    again = new_context().new_page()
    again.goto(link)
    expect(again.get_by_role("button", name="Begin")).to_have_count(0)


@pytest.mark.parametrize("poison", POISON)
def test_no_text_bursts_the_page(
    reader: Callable[..., Reader],
    author: Callable[..., Author],
    enter: Callable[..., tuple[BrowserContext, Watch]],
    trial: Trial,
    poison: str,
) -> None:
    key = own_key("poison")
    name = "\u0645" * 64 if poison == "two ways" else "W" * 64
    written = trial.comment(POISON[poison], page=key, name=name, website=f"https://{'w' * 60}.example/{'w' * 900}")
    owner = author(viewport={"width": 390, "height": 844}).sign_in()
    expect(owner.page.locator(f"#{written}")).to_be_visible()
    assert owner.page.evaluate(OVERFLOW) == 0
    trial.decide(written)
    guest = reader(viewport={"width": 390, "height": 844}).open_elsewhere(key)
    expect(guest.thread.locator(f"#comment-{written}")).to_be_visible()
    assert guest.page.evaluate(OVERFLOW) == 0
    guest.thread.get_by_role("button", name="Reply").click()
    assert guest.page.evaluate(OVERFLOW) == 0
