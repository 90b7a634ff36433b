"""A reader signs in at a provider, without a third-party cookie, and comments; every road back is walked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Author, Reader, choose
from tests.browser.trial import Trial, own_key, unlike_any

# What a browser does that opens no windows, such as one inside another program.
REFUSE_WINDOWS = "window.open = () => null"
ASK = "address => fetch(address, {mode: 'no-cors', credentials: 'include'}).then(() => null)"


def cookie_sent(page: Page, address: str) -> str | None:
    """Let a page ask for an address with all the cookies that the browser grants it; returns those that went."""
    with page.expect_request(address) as asked:
        page.evaluate(ASK, address)
    return asked.value.all_headers().get("cookie")


def test_a_signed_in_comment_needs_no_third_party_cookie_and_is_approved_by_keyboard(
    open_browser: Callable[..., BrowserContext],
    reader: Callable[..., Reader],
    author: Callable[..., Author],
    trial: Trial,
) -> None:
    browser = open_browser()
    ida, other = reader(context=browser).open(), reader().open()
    text = unlike_any("Read to me before sleeping.")

    ida.say(text).sign_in("Ida Okafor")
    expect(ida.account.get_by_role("button")).to_have_text(["Log Out", "Change"])
    expect(ida.box).to_have_value(text)
    assert len(browser.pages) == 2  # the browser's first, empty one, and the blog's
    ida.post.click()
    for _ in range(2):
        expect(ida.comment(text)).to_contain_text("Your comment is awaiting moderation.")
        expect(ida.comment(text)).to_contain_text("via Demo")
        expect(other.reload().comment(text)).to_have_count(0)
        ida.reload()
    assert len(ida.watch.asked("/api/v1/me")) >= 2

    author().sign_in().approve_by_keyboard(text)
    for person in (ida, other):
        expect(person.reload().comment(text)).to_have_count(1)
        expect(person.comment(text)).not_to_contain_text("awaiting")

    # The browser sends no cookie of the service from the blog, though it has one that may go anywhere.
    own = browser.new_page()
    own.goto(trial.dashboard)
    own.evaluate("document.cookie = 'anywhere=1; Path=/; SameSite=None; Secure'")
    assert "anywhere=1" in (cookie_sent(own, f"{trial.service}/embed/v1.js?from=service") or "")
    assert cookie_sent(ida.page, f"{trial.service}/embed/v1.js?from=blog") is None
    assert ida.page.evaluate("document.cookie") == ""
    calls = [one for one in ida.watch.requests if one.url.startswith(f"{trial.service}/api/")]
    assert len(calls) > 5
    assert [one.url for one in calls if "cookie" in one.all_headers()] == []


def test_log_out_forgets_the_session_and_hides_what_waits(reader: Callable[..., Reader]) -> None:
    ida, text = reader().open_elsewhere(own_key("out")), unlike_any("For my eyes only.")
    ida.say(text).sign_in().post.click()
    expect(ida.comment(text)).to_be_visible()
    ida.box.click()
    with ida.page.expect_response("**/api/v1/logout") as answer:
        ida.account.get_by_role("button", name="Log Out").click()
    assert answer.value.status == 204
    expect(ida.identity).to_contain_text("You are logged out.")
    expect(ida.thread).to_have_attribute("state", "out")
    expect(ida.comment(text)).to_have_count(0)
    ida.reload()
    expect(ida.thread).to_have_attribute("state", "out")


def test_change_asks_who_it_is_even_of_a_provider_that_remembers(reader: Callable[..., Reader]) -> None:
    somebody = reader().open_elsewhere(own_key("change"))
    somebody.say("As whom?")
    window = somebody.press_provider()
    window.get_by_label("Don’t ask again in this browser").check()
    choose(window, "Ida Okafor")
    somebody.be_signed_in("Ida Okafor")
    somebody.account.get_by_role("button", name="Log Out").click()
    somebody.press_provider()
    somebody.be_signed_in("Ida Okafor")

    somebody.account.get_by_role("button", name="Change").click()
    expect(somebody.thread.get_by_label("Name (required)")).to_be_visible()
    somebody.sign_in("Noor Haddad")
    expect(somebody.box).to_have_value("As whom?")


def test_denied_at_the_provider_says_so_and_keeps_the_draft(reader: Callable[..., Reader]) -> None:
    ida = reader().open_elsewhere(own_key("denied"))
    ida.say("A long letter.")
    window = ida.press_provider()
    expect(ida.identity).to_contain_text("Connecting to Demo…")
    with window.expect_event("close"):
        window.get_by_role("button", name="Deny").click(no_wait_after=True)
    expect(ida.thread).to_have_attribute("state", "error:denied")
    expect(ida.identity).to_contain_text("Demo did not sign you in: the request was declined.")
    expect(ida.box).to_have_value("A long letter.")
    ida.sign_in()


def test_cancel_closes_the_window_and_shows_the_form_again(reader: Callable[..., Reader]) -> None:
    ida = reader().open_elsewhere(own_key("cancel"))
    ida.say("Rather not.")
    window = ida.press_provider()
    with window.expect_event("close"):
        ida.identity.get_by_role("button", name="Cancel").click()
    expect(ida.thread).to_have_attribute("state", "out")
    expect(ida.thread.get_by_label("Name (required)")).to_be_visible()
    expect(ida.box).to_have_value("Rather not.")


def test_a_closed_window_is_asked_about_and_can_be_opened_again(reader: Callable[..., Reader]) -> None:
    ida = reader().open_elsewhere(own_key("closed"))
    ida.say("Oh, the wrong button.")
    ida.press_provider().close()
    ida.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(ida.identity).to_contain_text("Still waiting for Demo. Window closed?")
    with ida.context.expect_page() as opened:
        ida.identity.get_by_role("button", name="Try again").click()
    choose(opened.value, "Ida Okafor")
    ida.be_signed_in()


def test_where_windows_are_blocked_the_reader_comes_back_in_the_same_tab(reader: Callable[..., Reader]) -> None:
    ida = reader()
    ida.context.add_init_script(REFUSE_WINDOWS)
    ida.open()
    there = ida.page.url
    ida.say("Still here, I hope.")
    ida.thread.get_by_role("button", name="Demo", exact=True).click()
    choose(ida.page, "Ida Okafor")
    ida.be_signed_in()
    expect(ida.box).to_have_value("Still here, I hope.")
    assert ida.page.url == there
    assert len(ida.context.pages) == 1


def test_a_reload_while_connecting_loses_nothing(reader: Callable[..., Reader]) -> None:
    ida = reader().open_elsewhere(own_key("reload"))
    ida.say("In the middle of it.")
    window = ida.press_provider()
    ida.reload()
    expect(ida.thread).to_have_attribute("state", "connecting:demo")
    expect(ida.identity).to_contain_text("Still waiting for Demo. Window closed?")
    expect(ida.box).to_have_value("In the middle of it.")
    choose(window, "Ida Okafor")
    ida.be_signed_in()
    expect(ida.box).to_have_value("In the middle of it.")


def test_two_tabs_know_the_same(reader: Callable[..., Reader]) -> None:
    one = reader().open_elsewhere(own_key("tabs"))
    two = one.second_tab().open_elsewhere(own_key("tabs"))
    two.say("Over here.")
    one.say("And here.").sign_in()
    two.be_signed_in()
    two.account.get_by_role("button", name="Log Out").click()
    expect(one.thread).to_have_attribute("state", "out")
    expect(one.identity).to_contain_text("You are logged out.")
    expect(one.box).to_have_value("And here.")


def test_a_severed_window_comes_back_by_the_address_of_a_page_the_service_has_seen(
    reader: Callable[..., Reader], severed_trial: Trial
) -> None:
    ida = reader(to=severed_trial).open()
    ida.say("Cut off.")
    window = ida.press_provider()
    choose(window, "Ida Okafor")
    ida.be_signed_in()
    if not window.is_closed():
        window.wait_for_event("close")
    expect(ida.box).to_have_value("Cut off.")
    assert [one.url for one in ida.watch.requests if one.resource_type == "document"].count(severed_trial.page) == 2
    assert ida.page.url == severed_trial.page


def test_a_severed_window_comes_back_by_a_button_where_the_service_has_not_seen_the_page(
    reader: Callable[..., Reader], severed_trial: Trial
) -> None:
    ida = reader(to=severed_trial).open_elsewhere(own_key("unseen"))
    ida.say("Cut off.")
    window = ida.press_provider()
    choose(window, "Ida Okafor")
    with ida.context.expect_page() as opened:
        window.get_by_role("button", name="Continue to 127.0.0.1").click(no_wait_after=True)
    ida.second_tab().at(opened.value).be_signed_in()
    ida.be_signed_in()
    expect(ida.box).to_have_value("Cut off.")
    if not window.is_closed():
        window.wait_for_event("close")


@pytest.mark.parametrize("hash_", ["#login={}.{}", "#login={}.error.denied"])
def test_a_planted_sign_in_is_ignored_and_leaves_no_trace(reader: Callable[..., Reader], hash_: str) -> None:
    victim = reader()
    path = own_key("planted")
    victim.open_elsewhere(path + hash_.format("a" * 22, "k" * 43))
    expect(victim.thread).to_have_attribute("state", "out")
    victim.say("Nobody yet.")
    expect(victim.thread.get_by_label("Name (required)")).to_be_visible()
    expect(victim.thread).to_have_attribute("state", "out")
    assert victim.page.url.endswith(path)
    assert victim.watch.asked("/api/v1/token", "POST") == []


def test_a_refusal_finds_its_way_out_of_a_severed_window_too(
    reader: Callable[..., Reader], severed_trial: Trial
) -> None:
    ida = reader(to=severed_trial).open()
    ida.say("Cut off, and turned away.")
    window = ida.press_provider()
    window.get_by_role("button", name="Deny").click(no_wait_after=True)
    expect(ida.thread).to_have_attribute("state", "error:denied")
    expect(ida.identity).to_contain_text("Demo did not sign you in: the request was declined.")
    expect(ida.box).to_have_value("Cut off, and turned away.")
    if not window.is_closed():
        window.wait_for_event("close")
