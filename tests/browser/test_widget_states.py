"""States of the widget that come seldom: a further slice, a part that does not come, a session that was ended."""

from collections.abc import Callable

import requests
from playwright.sync_api import Route, expect

from tests.browser.embedding import answer_with, comment
from tests.browser.people import Reader
from tests.browser.trial import Trial, own_key, unlike_any

THREAD = "**/api/v1/thread*"


def test_further_comments_come_at_a_press_and_the_focus_goes_to_them(reader: Callable[..., Reader]) -> None:
    guest = reader()

    def answer(route: Route) -> None:
        second = "after=" in route.request.url
        slice_ = [comment(number) for number in (range(2, 4) if second else range(2))]
        answer_with(slice_, count=4, next=None if second else "1")(route)

    guest.page.route(THREAD, answer)
    guest.open_elsewhere(own_key("slices"))
    more = guest.thread.get_by_role("button", name="Show more comments")
    more.click()
    expect(guest.thread.locator("[part~=comment]")).to_have_count(4)
    expect(guest.thread.locator(f"#comment-{comment(2)['id']}")).to_be_focused()
    expect(guest.thread.locator("[part=status]")).to_have_text("2 more comments shown.")
    expect(more).to_be_hidden()


def test_what_is_pinned_or_changed_or_the_authors_is_marked(reader: Callable[..., Reader]) -> None:
    guest = reader()
    marked = comment(0, pinned=True, edited_at="2026-02-22T06:28:00Z")
    marked["author"]["badge"] = "author"
    guest.page.route(THREAD, answer_with([marked]))
    article = guest.open_elsewhere(own_key("marks")).thread.get_by_role("article")
    expect(article.locator("[part=badge]")).to_have_text(["Author", "Pinned"])
    expect(article).to_contain_text("via X")
    for time, moment in ((0, "January 22, 2026 at 6:28 AM"), (1, "February 22, 2026 at 6:28 AM")):
        article.locator("time").nth(time).hover()
        expect(article.locator("time").nth(time)).to_have_attribute("title", moment)


def test_a_form_that_does_not_come_says_so_keeps_the_text_and_comes_later(reader: Callable[..., Reader]) -> None:
    guest, text = reader(), unlike_any("Before the form was there.")
    guest.watch.allow("ERR_FAILED|form.js")
    guest.page.route("**/embed/form.js", lambda route: route.abort())
    guest.open_elsewhere(own_key("late"))
    guest.box.click()
    expect(guest.thread.get_by_text("The form could not be loaded. Your text is kept.")).to_be_visible()
    guest.page.unroute("**/embed/form.js")
    guest.box.press_sequentially(text)
    guest.introduce("Ann").post.click()
    expect(guest.comment(text)).to_contain_text("awaiting")


def test_whose_session_was_ended_is_told_and_keeps_the_text(reader: Callable[..., Reader], trial: Trial) -> None:
    ida, text = reader().open_elsewhere(own_key("ended")), unlike_any("Still mine.")
    ida.watch.allow("401")
    ida.say(text).sign_in()
    kept = ida.page.evaluate(f"JSON.parse(localStorage.getItem('moderation:{trial.site}:token')).token")
    headers = {"Authorization": f"Bearer {kept}"}
    assert requests.post(f"{trial.service}/api/v1/logout", headers=headers, timeout=30).status_code == 204
    ida.post.click()
    expect(ida.identity).to_contain_text("You have been signed out. Your text is still here; please sign in again.")
    expect(ida.thread).to_have_attribute("state", "out")
    expect(ida.box).to_have_value(text)
    ida.sign_in().post.click()
    expect(ida.comment(text)).to_contain_text("awaiting")


def test_a_blog_without_likes_shows_none(reader: Callable[..., Reader]) -> None:
    guest = reader()
    guest.page.route(THREAD, answer_with([comment(0)], likes=False))
    guest.open_elsewhere(own_key("calm"))
    expect(guest.thread.get_by_role("button", name="Report")).to_be_visible()
    expect(guest.thread.get_by_role("button", name="Like")).to_have_count(0)


def test_the_site_says_how_its_threads_look_unless_the_tag_does(reader: Callable[..., Reader]) -> None:
    guest = reader()
    below = [comment(number, parent=f"c_{number - 1:022}", depth=number) for number in range(1, 4)]
    guest.page.route(THREAD, answer_with([comment(0), *below], theme="dark", max_depth=1))
    guest.open_elsewhere(own_key("dusk"))
    root = guest.thread.locator(".root")
    expect(root).to_have_attribute("data-theme", "dark")
    # The blog is light: what is dark on it brings its own ground.
    expect(root).to_have_css("background-color", "rgb(33, 28, 26)")
    expect(guest.thread.locator("ol")).to_have_count(1)
    expect(guest.thread.locator("a.to:visible")).to_have_count(2)
    guest.page.evaluate("document.querySelector('comment-thread').setAttribute('theme', 'light')")
    expect(root).to_have_attribute("data-theme", "light")
    expect(root).to_have_css("background-color", "rgba(0, 0, 0, 0)")


def test_a_preview_that_comes_late_leaves_the_hand_where_it_is(reader: Callable[..., Reader]) -> None:
    guest, held = reader().open(), []
    guest.page.route("**/api/v1/preview", lambda route: held.append(route))
    guest.say("Some *text*.")
    guest.thread.get_by_role("button", name="Preview").click()
    expect(guest.thread.get_by_role("button", name="Preview")).to_have_attribute("aria-busy", "true")
    guest.thread.locator("#email").click()
    held[0].continue_()
    expect(guest.thread.locator("[part=preview] em")).to_have_text("text")
    guest.page.keyboard.type("ann@mail.example")
    expect(guest.thread.locator("#email")).to_have_value("ann@mail.example")
