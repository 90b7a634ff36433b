"""A sign-in comes back by the exact address that the blog's owner has set: all windows severed, no page to be seen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Reader, choose
from tests.browser.stage import at, furnished
from tests.browser.test_sign_in_matrix import REFUSE_STORAGE, REFUSE_WINDOWS
from tests.browser.test_sign_in_strangers import caught, start_by_stranger, strangers_code
from tests.browser.trial import Trial

# The blog cuts itself off from its windows, and is not there for the service.
BLOG = "/isolated-gone"
BACK = f"{BLOG}/signed-in"
DRAFT = "A long letter."


@pytest.fixture(scope="module")
def returning(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Trial]:
    """A stage with a return address, whose provider cuts its window off as well."""
    yield from furnished(tmp_path_factory.mktemp("returning"), sqlite_template, coop=True, back=BACK)


def be_told(ida: Reader, answer: str) -> None:
    """See the end of the sign-in in the page where it began."""
    if answer == "Deny":
        expect(ida.thread).to_have_attribute("state", "error:denied")
        expect(ida.identity).to_contain_text("Demo did not sign you in: the request was declined.")
    else:
        ida.be_signed_in(answer)
    assert ida.page.url == f"{ida.trial.blog}{BLOG}/post"


def loads(ida: Reader, path: str) -> int:
    """Return how often a page of the blog was loaded."""
    documents = [one.url for one in ida.watch.requests if one.resource_type == "document"]
    return documents.count(ida.trial.blog + path)


@pytest.mark.parametrize("answer", ["Ida Okafor", "Deny"])
@pytest.mark.parametrize("script", ["", REFUSE_STORAGE])
def test_the_return_address_tells_the_tab_that_waits(
    reader: Callable[..., Reader], returning: Trial, answer: str, script: str
) -> None:
    ida = at(reader, returning, BLOG, script)
    ida.say(DRAFT)
    window = ida.press_provider()
    choose(window, answer)
    be_told(ida, answer)
    expect(ida.box).to_have_value(DRAFT)
    if not window.is_closed():
        window.wait_for_event("close")
    assert (loads(ida, f"{BLOG}/post"), loads(ida, BACK)) == (1, 1)


@pytest.mark.parametrize("answer", ["Ida Okafor", "Deny"])
def test_in_the_same_tab_the_return_address_leads_on_to_where_it_began(
    reader: Callable[..., Reader], returning: Trial, answer: str
) -> None:
    ida = at(reader, returning, BLOG, REFUSE_WINDOWS)
    ida.say(DRAFT)
    ida.thread.get_by_role("button", name="Demo", exact=True).click()
    choose(ida.page, answer)
    ida.page.wait_for_url(f"{returning.blog}{BLOG}/post")
    be_told(ida, answer)
    expect(ida.box).to_have_value(DRAFT)
    assert (loads(ida, f"{BLOG}/post"), loads(ida, BACK)) == (2, 1)


def test_where_nobody_waits_any_more_the_window_becomes_the_page_where_it_began(
    reader: Callable[..., Reader], returning: Trial
) -> None:
    ida = at(reader, returning, BLOG)
    ida.say(DRAFT)
    window = ida.press_provider()
    expect(window.get_by_role("button", name="Ida Okafor")).to_be_visible()
    ida.page.close()
    choose(window, "Ida Okafor")
    window.wait_for_url(f"{returning.blog}{BLOG}/post")
    ida.at(window)
    be_told(ida, "Ida Okafor")
    expect(ida.box).to_have_value(DRAFT)


def test_a_stranger_who_names_an_open_redirect_sends_the_code_to_the_return_address_where_it_is_worthless(
    new_context: Callable[..., BrowserContext], returning: Trial
) -> None:
    victim, attempt = new_context().new_page(), "S" * 22
    away = f"{returning.other_blog}/prize?attempt={attempt}"
    victim.goto(away)
    page = f"{returning.blog}/leave?{urlencode({'to': away})}"
    link = start_by_stranger(returning, page, attempt, "v" * 43)
    asked: list[str] = []
    victim.context.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    with victim.expect_popup() as opened:
        victim.evaluate("link => { window.open(link); }", link)
    window = opened.value
    window.get_by_role("button", name="Go on to Demo").click(no_wait_after=True)
    choose(window, "Ida Okafor")
    window.wait_for_url(f"{returning.blog}{BACK}")
    expect(window.locator("comment-thread")).to_have_attribute("state", "out")
    # A message to the stranger's page that comes back shows that all earlier ones have.
    victim.evaluate("new Promise(done => { addEventListener('message', done); postMessage('last', '*'); })")
    assert caught(victim) == [away, '"last"']
    assert [one for one in asked if "/leave" in one or one.endswith("/api/v1/token")] == []


def test_a_code_that_a_stranger_plants_at_the_return_address_signs_nobody_in(
    reader: Callable[..., Reader], new_context: Callable[..., BrowserContext], returning: Trial
) -> None:
    code = code_kept_back(new_context(), returning, "M" * 22)
    victim = at(reader, returning, BLOG)
    victim.say(DRAFT)
    victim.press_provider()
    planted = victim.second_tab()
    planted.page.goto(f"{returning.blog}{BACK}#login={'M' * 22}.{code}")
    planted.see_thread()
    for tab in (planted, victim):
        expect(tab.thread).to_have_attribute("state", "connecting:demo" if tab is victim else "out")
    assert planted.page.url == f"{returning.blog}{BACK}"
    assert victim.watch.asked("/api/v1/token", "POST") == []


def code_kept_back(context: BrowserContext, trial: Trial, attempt: str) -> str:
    """Sign a stranger in who stops their own browser before it goes to the blog, and return the code."""
    page: Page = context.new_page()
    page.route("**/static/login.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    return strangers_code(page, trial, attempt)
