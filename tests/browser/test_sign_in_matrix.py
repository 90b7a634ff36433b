"""Every road that a sign-in can take home, whatever browser, provider and blog put in its way.

Third-party cookies are blocked throughout.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import Reader, choose
from tests.browser.stage import at, furnished
from tests.browser.trial import Trial

# The blog's page may open none; the service's, where a button is pressed on purpose, may.
REFUSE_WINDOWS = 'if (!location.pathname.startsWith("/login/")) window.open = () => null'
REFUSE_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
"""
WITHOUT_ENCRYPTION = 'Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined })'
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/22B83 Instagram 358.0.0.29.102 (iPhone15,2; iOS 18_1; en_US)"
)
FACEBOOK = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP4A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/131.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0.63.82;]"
)
DRAFT = "A long letter."


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Trial]:
    """A stage whose provider leaves the windows as they are."""
    yield from furnished(tmp_path_factory.mktemp("plain"), sqlite_template)


@pytest.fixture(scope="module")
def severing(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Trial]:
    """A stage whose provider cuts its window off from the blog's."""
    yield from furnished(tmp_path_factory.mktemp("severing"), sqlite_template, coop=True)


# --- every road, to both ends -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Road:
    """A way home.

    Args:
        severed: the provider cuts its window off.
        page: what the blog's page is like.
        same_tab: the browser opens no windows.
        loads: how often the blog's page is loaded in all.
        by_button: the reader presses a button of the service on the way.
    """

    severed: bool = False
    page: str = "/page"
    same_tab: bool = False
    loads: int
    by_button: bool = False


ROADS = {
    "the opener is alive": Road(loads=1),
    "the provider severs": Road(severed=True, loads=2),
    "the blog severs": Road(page="/isolated", loads=2),
    "both sever": Road(severed=True, page="/isolated", loads=2),
    "the provider severs, and we find no page": Road(severed=True, page="/gone", loads=2, by_button=True),
    "the provider severs, and the page leads us away": Road(severed=True, page="/moved", loads=2, by_button=True),
    "no window opens": Road(same_tab=True, loads=2),
    "no window opens, and we find no page": Road(same_tab=True, page="/gone", loads=2, by_button=True),
}


@pytest.mark.parametrize("name", ROADS)
@pytest.mark.parametrize("answer", ["Ida Okafor", "Deny"])
def test_every_road_leads_home(
    reader: Callable[..., Reader], plain: Trial, severing: Trial, name: str, answer: str
) -> None:
    road = ROADS[name]
    ida = at(reader, severing if road.severed else plain, road.page, *([REFUSE_WINDOWS] if road.same_tab else []))
    ida.say(DRAFT)
    if road.same_tab:
        ida.thread.get_by_role("button", name="Demo", exact=True).click()
        window = ida.page
    else:
        window = ida.press_provider()
    choose(window, answer)
    homes = [ida]
    if road.by_button:
        button = window.get_by_role("button", name="Continue to 127.0.0.1")
        expect(button).to_be_enabled()
        with ida.context.expect_page() as opened:
            button.click(no_wait_after=True)
        homes = [*([] if road.same_tab else [ida]), ida.second_tab().at(opened.value)]
        if road.same_tab:
            # The service's page tries, and says otherwise that one can close it.
            ida.watch.allow("Scripts may close only the windows that were opened by them")
    for home in homes:
        if answer == "Deny":
            expect(home.thread).to_have_attribute("state", "error:denied")
            expect(home.identity).to_contain_text("Demo did not sign you in: the request was declined.")
            expect(home.thread.get_by_label("Name (required)")).to_be_visible()
        else:
            home.be_signed_in(answer)
        expect(home.box).to_have_value(DRAFT)
        assert "login=" not in home.page.url
    address = f"{ida.trial.blog}{road.page}/post"
    documents = [one.url for one in ida.watch.requests if one.resource_type == "document"]
    assert documents.count(address) == road.loads


def test_a_blog_that_severs_and_cannot_be_seen_is_the_end_of_the_roads_and_the_reader_is_told(
    reader: Callable[..., Reader], plain: Trial
) -> None:
    ida = at(reader, plain, "/isolated-gone")
    ida.say(DRAFT)
    window = ida.press_provider()
    choose(window, "Ida Okafor")
    button = window.get_by_role("button", name="Continue to 127.0.0.1")
    expect(button).to_be_enabled()
    window.clock.install()
    with ida.context.expect_page() as opened:
        button.click(no_wait_after=True)
    ida.second_tab().at(opened.value).see_thread()
    window.clock.fast_forward(20_000)
    expect(window.get_by_text("did not answer. Go back to the page where you were writing")).to_be_visible()
    expect(ida.thread).to_have_attribute("state", "connecting:demo")
    ida.identity.get_by_role("button", name="Cancel").click()
    expect(ida.thread.get_by_label("Name (required)")).to_be_visible()
    expect(ida.box).to_have_value(DRAFT)


# --- what readers do on the way ---------------------------------------------------------------------------------------


def test_to_start_takes_one_press_and_no_request_before_it(reader: Callable[..., Reader], plain: Trial) -> None:
    ida = at(reader, plain, "/page")
    ida.say(DRAFT)
    # Typing wakes what signs in, once.
    ida.page.wait_for_function("performance.getEntriesByType('resource').some(one => /embed.signin/.test(one.name))")
    before = len(ida.watch.requests)
    expect(ida.press_provider().get_by_role("button", name="Ida Okafor")).to_be_visible()
    asked = [one.url for one in ida.watch.requests[before:]]
    ours = [url for url in asked if url.startswith((plain.service, plain.blog))]
    assert len(ours) == 1
    assert asked[0] == ours[0]
    assert ours[0].startswith(f"{plain.service}/login/demo?")


def test_a_window_that_looks_closed_is_no_cancelled_sign_in(reader: Callable[..., Reader], severing: Trial) -> None:
    ida = at(reader, severing, "/page")
    ida.say(DRAFT)
    window = ida.press_provider()
    expect(window.get_by_role("button", name="Ida Okafor")).to_be_visible()
    ida.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(ida.identity).to_contain_text("Still waiting for Demo. Window closed?")
    expect(ida.identity.get_by_role("button")).to_have_text(["Try again", "Cancel"])
    expect(ida.thread).to_have_attribute("state", "connecting:demo")
    choose(window, "Ida Okafor")
    ida.be_signed_in()


def test_a_reload_does_not_lose_a_severed_window(reader: Callable[..., Reader], severing: Trial) -> None:
    ida = at(reader, severing, "/page")
    ida.say(DRAFT)
    window = ida.press_provider()
    ida.reload()
    expect(ida.identity).to_contain_text("Still waiting for Demo. Window closed?")
    choose(window, "Ida Okafor")
    ida.be_signed_in()
    expect(ida.box).to_have_value(DRAFT)


def test_a_sign_in_that_nobody_finishes_ends_after_ten_minutes_in_words(
    reader: Callable[..., Reader], severing: Trial
) -> None:
    ida = at(reader, severing, "/page")
    ida.say(DRAFT)
    ida.page.clock.install()
    window = ida.press_provider()
    ida.page.clock.fast_forward(9 * 60_000)
    expect(ida.identity).to_contain_text("Still waiting for Demo. Window closed?")
    ida.page.clock.fast_forward(61_000)
    expect(ida.thread).to_have_attribute("state", "error:login_expired")
    expect(ida.identity).to_contain_text("Signing in took too long. Please try again.")
    expect(ida.thread.get_by_label("Name (required)")).to_be_visible()
    expect(ida.box).to_have_value(DRAFT)
    # What comes after all finds nobody who waits.
    choose(window, "Ida Okafor")
    window.wait_for_url(f"{severing.blog}/page/post")
    expect(window.locator("comment-thread")).to_have_attribute("state", "out")
    expect(ida.thread).to_have_attribute("state", "error:login_expired")


def test_two_tabs_that_connect_at_once_end_as_one_person(reader: Callable[..., Reader], plain: Trial) -> None:
    one = at(reader, plain, "/page")
    two = one.second_tab().open("/page/other")
    one.say("From one tab.")
    first = one.press_provider()
    two.say("From the other.")
    second = two.press_provider()
    choose(second, "Noor Haddad")
    for tab in (two, one):
        tab.be_signed_in("Noor Haddad")
    # Whoever comes too late changes nobody's name.
    choose(first, "Ida Okafor")
    first.wait_for_url(f"{plain.blog}/page/post")
    expect(first.locator("comment-thread")).to_have_attribute("state", "in")
    one.be_signed_in("Noor Haddad")
    assert len(one.watch.asked("/api/v1/token", "POST")) == 1
    expect(one.box).to_have_value("From one tab.")
    expect(two.box).to_have_value("From the other.")


@pytest.mark.parametrize("severed", [False, True])
def test_a_browser_that_keeps_nothing_signs_in_until_the_page_is_left(
    reader: Callable[..., Reader], plain: Trial, severing: Trial, severed: bool
) -> None:
    ida = at(reader, severing if severed else plain, "/page", REFUSE_STORAGE)
    ida.say(DRAFT)
    expect(ida.thread).to_contain_text("Your browser keeps nothing for this page")
    choose(ida.press_provider(), "Ida Okafor")
    ida.be_signed_in()
    expect(ida.box).to_have_value(DRAFT)
    ida.reload()
    expect(ida.thread).to_have_attribute("state", "out")


def test_a_browser_that_keeps_nothing_and_opens_no_window_says_so(reader: Callable[..., Reader], plain: Trial) -> None:
    ida = at(reader, plain, "/page", REFUSE_STORAGE, REFUSE_WINDOWS)
    ida.say(DRAFT)
    ida.thread.get_by_role("button", name="Demo", exact=True).click()
    expect(ida.thread).to_have_attribute("state", "error:blocked")
    expect(ida.identity).to_contain_text("Your browser blocked the sign-in window.")
    expect(ida.box).to_have_value(DRAFT)


@pytest.mark.parametrize("agent", [INSTAGRAM, FACEBOOK])
def test_inside_another_app_google_is_not_asked_and_others_are(
    reader: Callable[..., Reader], plain: Trial, agent: str
) -> None:
    ida = at(reader, plain, "/page", user_agent=agent)
    ida.say(DRAFT)
    ida.thread.get_by_role("button", name="Google", exact=True).click()
    expect(ida.thread).to_have_attribute("state", "error:in_app")
    expect(ida.identity).to_contain_text("Open this page in your browser, or use another way.")
    expect(ida.thread.get_by_label("Name (required)")).to_be_visible()
    assert len(ida.context.pages) == 1
    ida.sign_in()
    expect(ida.box).to_have_value(DRAFT)


def test_a_page_without_encryption_says_why_nobody_can_sign_in(reader: Callable[..., Reader], plain: Trial) -> None:
    ida = at(reader, plain, "/page", WITHOUT_ENCRYPTION)
    ida.say(DRAFT)
    expect(ida.identity).to_contain_text("Signing in needs a page served over https.")
    expect(ida.thread.get_by_label("Name (required)")).to_be_visible()
    expect(ida.thread.get_by_role("button", name="Demo", exact=True)).to_have_count(0)
