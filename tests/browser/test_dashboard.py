"""The author decides: with the keyboard, without JavaScript, beside another moderator, over a lost session."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Author
from tests.browser.trial import Trial, own_key, unlike_any

Waiting = tuple[str, str, str]


@pytest.fixture
def waiting(trial: Trial) -> Waiting:
    """Three comments; the newest, which the queue shows first, is the first of them."""
    texts = [unlike_any(f"Number {number}.") for number in (3, 2, 1)]
    for text in texts:
        trial.comment(text, page=own_key("queue"), name="Somebody")
    return texts[2], texts[1], texts[0]


def waits(page: Page) -> int:
    return int(page.locator("[data-count=waiting]").inner_text().replace(",", ""))


def test_the_keys_walk_decide_and_take_back(author: Callable[..., Author], trial: Trial, waiting: Waiting) -> None:
    first, second, third = waiting
    owner = author().sign_in()
    before, keyboard = waits(owner.page), owner.page.keyboard
    keyboard.press("j")
    expect(owner.card(first)).to_be_focused()
    keyboard.press("j")
    keyboard.press("j")
    expect(owner.card(third)).to_be_focused()
    keyboard.press("k")
    expect(owner.card(second)).to_be_focused()
    keyboard.press("k")

    for key, text, words, status in (
        ("a", first, "Approved.", "approved"),
        ("r", second, "Rejected.", "rejected"),
        ("s", third, "Marked as spam.", "spam"),
    ):
        expect(owner.card(text)).to_be_focused()
        owner.press(key)
        expect(owner.toast).to_contain_text(words)
        expect(owner.toast.get_by_role("button", name="Undo")).to_be_visible()
        expect(owner.card(text)).to_have_count(0)
        assert trial.statuses(text) == [status]
    expect(owner.page.locator("[data-count=waiting]")).to_have_text(str(before - 3))

    for text in (third, second, first):
        owner.press("z")
        expect(owner.toast).to_contain_text("Undone. Back to waiting.")
        expect(owner.card(text)).to_be_focused()
        assert trial.statuses(text) == ["waiting"]
    expect(owner.page.locator("[data-count=waiting]")).to_have_text(str(before))


def test_the_toast_takes_back_by_a_click(author: Callable[..., Author], trial: Trial, waiting: Waiting) -> None:
    owner = author().sign_in()
    with owner.page.expect_response("**/dashboard/decide"):
        owner.card(waiting[1]).get_by_role("button", name="Reject").click()
    with owner.page.expect_response("**/dashboard/undo"):
        owner.toast.get_by_role("button", name="Undo").click()
    expect(owner.card(waiting[1])).to_be_visible()
    assert trial.statuses(waiting[1]) == ["waiting"]


def test_keys_rest_while_somebody_types_or_has_turned_them_off(
    author: Callable[..., Author], trial: Trial, waiting: Waiting
) -> None:
    owner = author().sign_in()
    owner.go_to(waiting[0])
    owner.page.keyboard.press("?")
    sheet = owner.page.get_by_role("dialog", name="Keyboard")
    expect(sheet).to_be_visible()
    owner.page.keyboard.press("a")
    sheet.get_by_label("Decide with these keys").uncheck()
    sheet.get_by_role("button", name="Close").click()
    owner.page.keyboard.press("a")
    expect(owner.card(waiting[0])).to_be_visible()
    assert owner.watch.asked("/dashboard/decide", "POST") == []
    assert trial.statuses(waiting[0]) == ["waiting"]


def test_a_key_held_down_decides_once(author: Callable[..., Author], trial: Trial, waiting: Waiting) -> None:
    owner = author().sign_in()
    owner.go_to(waiting[0])
    with owner.page.expect_response("**/dashboard/decide"):
        owner.page.keyboard.down("r")
    for _ in range(5):
        owner.page.keyboard.down("r")
    owner.page.keyboard.up("r")
    expect(owner.card(waiting[1])).to_be_focused()
    assert [trial.statuses(text) for text in waiting] == [["rejected"], ["waiting"], ["waiting"]]


def test_without_javascript_plain_forms_sign_in_decide_and_take_back(
    author: Callable[..., Author], trial: Trial, waiting: Waiting
) -> None:
    owner = author(java_script_enabled=False).sign_in()
    owner.card(waiting[1]).get_by_role("button", name="Approve").click()
    message = owner.page.get_by_role("status")
    expect(message).to_contain_text("Approved.")
    expect(owner.card(waiting[1])).to_have_count(0)
    assert trial.statuses(waiting[1]) == ["approved"]
    assert owner.page.url.startswith(f"{trial.dashboard}?order=newest")

    message.get_by_role("button", name="Undo").click()
    expect(message).to_contain_text("Undone. Back to waiting.")
    expect(owner.card(waiting[1])).to_be_visible()
    assert trial.statuses(waiting[1]) == ["waiting"]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_slower_of_two_moderators_is_told(
    author: Callable[..., Author], trial: Trial, waiting: Waiting, scripts: bool
) -> None:
    quick, slow = author().sign_in(), author(java_script_enabled=scripts).sign_in()
    quick.go_to(waiting[0]).press("a")
    slow.card(waiting[0]).get_by_role("button", name="Reject").click()
    told = slow.card(waiting[0]) if scripts else slow.page.locator(".message.problem")
    expect(told).to_contain_text("so yours was not taken")
    assert trial.statuses(waiting[0]) == ["approved"]
    if scripts:
        expect(slow.card(waiting[0])).to_have_attribute("data-status", "approved")
        slow.page.keyboard.press("z")
        expect(slow.toast).to_contain_text("There is nothing to undo.")


def test_two_who_decide_alike_have_decided_once(author: Callable[..., Author], trial: Trial, waiting: Waiting) -> None:
    one, two = author().sign_in(), author().sign_in()
    one.go_to(waiting[0]).press("a")
    two.go_to(waiting[0]).press("a")
    expect(two.card(waiting[0])).to_contain_text("You approved this just now")
    expect(two.card(waiting[0])).to_have_attribute("data-status", "approved")
    assert trial.statuses(waiting[0]) == ["approved"]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_session_lost_in_the_middle_costs_nothing_but_a_sign_in(
    author: Callable[..., Author], trial: Trial, waiting: Waiting, scripts: bool
) -> None:
    owner = author(java_script_enabled=scripts).sign_in()
    if scripts:
        owner.watch.allow("401")
    owner.context.clear_cookies()
    owner.card(waiting[0]).get_by_role("button", name="Approve").click()
    if scripts:
        expect(owner.card(waiting[0])).to_contain_text("Your session has ended, so nothing was decided.")
        owner.card(waiting[0]).get_by_role("link", name="Sign in").click()
    else:
        expect(owner.page.get_by_role("alert")).to_contain_text("Your session has ended, so nothing was")
    assert trial.statuses(waiting[0]) == ["waiting"]

    owner.give_password()
    assert owner.page.url.startswith(f"{trial.dashboard}?order=newest")
    expect(owner.card(waiting[0])).to_be_visible()
    # The script takes the card away before the service has answered.
    with owner.page.expect_response("**/dashboard/decide"):
        owner.card(waiting[0]).get_by_role("button", name="Approve").click()
    expect(owner.card(waiting[0])).to_have_count(0)
    owner.page.goto(f"{trial.dashboard}?status=approved")
    owner.card(waiting[0]).locator(".when a").click()
    expect(owner.page.locator("article.card")).to_have_count(1)
    assert trial.statuses(waiting[0]) == ["approved"]


def test_a_broken_connection_puts_the_comment_back(
    author: Callable[..., Author], trial: Trial, waiting: Waiting
) -> None:
    owner = author().sign_in()
    owner.watch.allow("ERR_INTERNET_DISCONNECTED")
    owner.go_to(waiting[0])
    owner.context.set_offline(True)
    owner.page.keyboard.press("a")
    expect(owner.card(waiting[0])).to_contain_text("There is no connection, so nothing was decided.")
    owner.context.set_offline(False)
    owner.approve_by_keyboard(waiting[0])
    assert trial.statuses(waiting[0]) == ["approved"]


def test_a_wrong_password_is_told_and_the_address_kept(author: Callable[..., Author], trial: Trial) -> None:
    somebody = author()
    somebody.watch.allow("403|422")
    somebody.page.goto(trial.dashboard)
    somebody.page.get_by_label("E-mail address").fill(trial.owner["email"])
    somebody.page.get_by_label("Password", exact=True).fill("not the password")
    somebody.page.get_by_role("button", name="Sign in").click()
    expect(somebody.page.locator(".problem").first).to_be_visible()
    expect(somebody.page.get_by_label("E-mail address")).to_have_value(trial.owner["email"])
    expect(somebody.page.get_by_label("Password", exact=True)).to_have_value("")
