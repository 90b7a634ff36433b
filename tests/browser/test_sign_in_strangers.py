"""Strangers on the roads of a sign-in: an open redirect of the blog, and a code that is not the reader's own."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moderation.foundation.tokens import s256
from tests.browser.people import Reader, choose
from tests.browser.stage import SITE, furnished
from tests.browser.trial import Trial


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Trial]:
    """A stage whose provider leaves the windows as they are."""
    yield from furnished(tmp_path_factory.mktemp("plain"), sqlite_template)


def caught(page: Page) -> list[str]:
    """Return what the stranger's page has come to know."""
    return page.evaluate("caught")


def start_by_stranger(trial: Trial, page: str, attempt: str, verifier: str) -> str:
    """Return a link to the service by which a stranger would get the code for a verifier of their own."""
    asked = {"site": SITE, "origin": trial.blog, "page": page, "attempt": attempt, "challenge": s256(verifier)}
    return f"{trial.service}/login/demo?{urlencode(asked)}"


def test_an_open_redirect_of_the_blog_does_not_get_the_code(
    new_context: Callable[..., BrowserContext], plain: Trial
) -> None:
    victim, attempt = new_context().new_page(), "S" * 22
    away = f"{plain.other_blog}/prize?attempt={attempt}"
    victim.goto(away)
    page = f"{plain.blog}/leave?{urlencode({'to': away})}"
    link = start_by_stranger(plain, page, attempt, "v" * 43)
    with victim.expect_popup() as opened:
        victim.evaluate("link => { window.open(link); }", link)
    window = opened.value
    # The reader is asked, since the blog did not send them, and goes on all the same.
    window.get_by_role("button", name="Go on to Demo").click(no_wait_after=True)
    choose(window, "Ida Okafor")
    button = window.get_by_role("button", name="Continue to 127.0.0.1")
    expect(button).to_be_enabled()
    assert window.url == f"{plain.service}/login/done/{attempt}"
    with victim.context.expect_page() as led:
        button.click(no_wait_after=True)
    there = led.value
    there.wait_for_url(f"{plain.other_blog}/**")
    there.wait_for_function("caught.length > 0")
    # A message to the stranger's page that comes back shows that all earlier ones have.
    there.evaluate("new Promise(done => { addEventListener('message', done); postMessage('last', '*'); })")
    assert caught(there) == [away, '"last"']
    assert caught(victim) == [away]
    # What a stranger's page is told it does catch.
    victim.goto(f"{away}#login=a.k")
    victim.reload()
    assert caught(victim) == [f"{away}#login=a.k"]


@pytest.mark.parametrize("connecting", [False, True])
def test_a_real_code_that_a_stranger_planted_signs_nobody_in(
    reader: Callable[..., Reader], new_context: Callable[..., BrowserContext], plain: Trial, connecting: bool
) -> None:
    attempt = "M" * 21 + ("y" if connecting else "x")
    code = strangers_code(new_context().new_page(), plain, attempt)
    victim = reader(to=plain)
    if connecting:
        victim.open("/page/post").say("A long letter.").press_provider()
        victim = victim.second_tab()
    victim.page.goto(f"{plain.blog}/page/post#login={attempt}.{code}")
    expect(victim.see_thread().thread).to_have_attribute("state", "out")
    victim.say("A long letter.")
    expect(victim.thread).to_have_attribute("state", "out")
    assert victim.page.url == f"{plain.blog}/page/post"
    # Nor by a message, from whatever window.
    said = {"t": "login", "v": 1, "a": attempt, "k": code}
    with victim.context.expect_page() as opened:
        victim.page.evaluate("address => { window.open(address); }", f"{plain.other_blog}/prize")
    opened.value.wait_for_function("caught.length > 0")
    opened.value.evaluate("said => opener.postMessage(said, '*')", said)
    victim.page.evaluate(
        "said => new Promise(done => { addEventListener('message', done); postMessage(said, '*'); })", said
    )
    expect(victim.thread).to_have_attribute("state", "out")
    assert victim.watch.asked("/api/v1/token", "POST") == []


def strangers_code(page: Page, trial: Trial, attempt: str) -> str:
    """Sign a stranger in, and return the one-time code that the stranger keeps back."""
    page.goto(start_by_stranger(trial, f"{trial.blog}/gone/post", attempt, "v" * 43))
    page.get_by_role("button", name="Go on to Demo").click(no_wait_after=True)
    choose(page, "Noor Haddad")
    page.wait_for_url(f"{trial.service}/login/done/{attempt}")
    told = page.evaluate(
        "path => fetch(path, {method: 'POST'}).then(answer => answer.json())", f"/login/done/{attempt}"
    )
    assert re.fullmatch(r"[\w-]{43}", told["code"])
    return str(told["code"])
