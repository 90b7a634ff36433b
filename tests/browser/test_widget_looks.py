"""All states of the widget can be used by everybody: both themes, large text, few pixels, forced colours, no motion."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.embedding import answer_with, comment, serve
from tests.browser.people import Reader
from tests.browser.test_looks import OVERFLOW, STANDARD
from tests.browser.trial import Trial, own_key, unlike_any

THREAD = "**/api/v1/thread*"
PAINT = """theme => Object.assign(document.body.style, theme === "dark" ? { background: "#171312", color: "#fff" }
  : { background: "#fff", color: "#000" })"""
RICH = [
    comment(0, pinned=True, likes=12, edited_at="2026-02-22T06:28:00Z"),
    comment(
        1, parent=f"c_{0:022}", depth=1, html="<p>See</p><pre><code>a = 1</code></pre><blockquote>So.</blockquote>"
    ),
    {"id": f"c_{2:022}", "removed": True, "parent": None, "depth": 0},
    comment(3, parent=f"c_{2:022}", depth=1),
]
LIKERS = [{"id": f"p_{number}", "name": f"Fan {number}", "avatar": None} for number in range(3)]


def hold(page: Page, *, themes: tuple[str, ...] = ("light", "dark")) -> None:
    """Hold what is shown now to the standard, in both themes, on a telephone and a desk."""
    for theme, width in zip(themes, (390, 1200), strict=False):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate("theme => document.querySelector('comment-thread').setAttribute('theme', theme)", theme)
        page.evaluate(PAINT, theme)
        assert page.evaluate(OVERFLOW) == 0, theme
        results = Axe().run(page, options={"runOnly": STANDARD, "resultTypes": ["violations"]})
        found = results.response["violations"]
        assert [(theme, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.fixture
def rich(reader: Callable[..., Reader]) -> Reader:
    """A reader before a thread that has everything."""
    guest = reader(reduced_motion="reduce")
    page = {"open": True, "title": "A post", "likes": 3, "likers": LIKERS}
    guest.page.route(THREAD, answer_with(RICH, page=page, count=3))
    return guest.open_elsewhere(own_key("rich"))


def test_a_thread_with_everything(rich: Reader) -> None:
    expect(rich.thread.locator("[part=likers]")).to_have_text("3 bloggers like this:")
    expect(rich.thread.locator("[part~=comment]")).to_have_count(4)
    hold(rich.page)


def test_the_form_with_its_preview_and_its_complaints(rich: Reader) -> None:
    rich.say("")
    expect(rich.thread.get_by_role("button", name="Demo", exact=True)).to_be_visible()
    rich.post.click()
    expect(rich.thread.locator("#name-error")).not_to_be_empty()
    hold(rich.page)
    rich.box.fill("Some *words*, `code`.")
    rich.thread.get_by_role("button", name="Preview").click()
    expect(rich.thread.locator("[part=preview] em")).to_be_visible()
    hold(rich.page)


def test_the_questions_under_a_comment(rich: Reader) -> None:
    rich.thread.get_by_role("button", name="Report").first.click()
    expect(rich.thread.locator("[part=question]")).to_be_visible()
    hold(rich.page)


def test_signed_in_with_a_comment_that_waits_and_is_being_changed(reader: Callable[..., Reader]) -> None:
    ida, text = reader(reduced_motion="reduce").open_elsewhere(own_key("states")), unlike_any("Mine.")
    ida.say(text)
    window = ida.press_provider()
    expect(ida.identity).to_contain_text("Connecting to Demo…")
    hold(ida.page)
    window.close()
    ida.identity.get_by_role("button", name="Cancel").click()
    ida.sign_in()
    hold(ida.page, themes=("dark",))
    ida.post.click()
    ida.comment(text).get_by_role("button", name="Edit").click()
    expect(ida.thread.get_by_label("Your comment")).to_be_focused()
    hold(ida.page)


def test_a_thread_that_did_not_come_and_one_that_is_closed(reader: Callable[..., Reader], trial: Trial) -> None:
    guest, key = reader(reduced_motion="reduce"), own_key("trouble")
    guest.watch.allow("503")
    guest.page.route(THREAD, lambda route: route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}))
    guest.page.goto(serve(trial, key))
    again = guest.thread.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    hold(guest.page)
    guest.page.unroute(THREAD)
    guest.page.route(THREAD, answer_with([], page={"open": False, "title": "A post", "likes": 0, "likers": []}))
    again.click()
    expect(guest.thread.locator("[part=closed]")).to_be_visible()
    expect(guest.heading).to_be_focused()
    hold(guest.page)


def test_arabic_and_news(reader: Callable[..., Reader], trial: Trial) -> None:
    guest = reader(reduced_motion="reduce")
    guest.page.clock.install()
    guest.page.route(THREAD, answer_with(RICH))
    guest.page.goto(serve(trial, own_key("arabic"), html=' lang="ar" dir="rtl"'))
    expect(guest.thread.locator("[part~=comment]")).to_have_count(4)
    guest.page.unroute(THREAD)
    guest.page.route(THREAD, answer_with([*RICH, comment(5), comment(6)], revision=2))
    guest.page.clock.run_for(31_000)
    expect(guest.thread.get_by_role("button", name="تعليقان جديدان")).to_be_visible()
    guest.box.click()
    expect(guest.thread.get_by_label("الاسم")).to_be_visible()
    hold(guest.page)


@pytest.mark.parametrize("width", [320, 640])
def test_few_pixels_and_large_text_cut_nothing_off(rich: Reader, width: int) -> None:
    # 320 px is what 1280 px become at 400 %, 640 px at 200 %.
    rich.page.set_viewport_size({"width": width, "height": 512})
    rich.page.add_style_tag(content="html { font-size: 200% }" if width == 640 else "body { margin: 0 }")
    rich.say("Some text.")
    rich.thread.get_by_role("button", name="Report").first.click()
    expect(rich.thread.locator("[part=question]")).to_be_visible()
    cut = rich.thread.evaluate(
        """thread => [...thread.shadowRoot.querySelectorAll("*")].filter((node) => {
          const { left, right, width } = node.getBoundingClientRect();
          return width > 1 && node.checkVisibility() && (left < -1 || right > innerWidth + 1);
        }).map((node) => node.outerHTML)"""
    )
    assert cut == []
    assert rich.page.evaluate(OVERFLOW) == 0


def test_forced_colours_leave_borders_and_focus_to_be_seen(rich: Reader) -> None:
    rich.page.emulate_media(forced_colors="active")
    rich.say("Some text.")
    assert rich.box.evaluate("box => getComputedStyle(box).outlineStyle") == "solid"
    for name in ("Post Comment", "Demo"):
        button = rich.thread.get_by_role("button", name=name, exact=True)
        assert button.evaluate("node => parseFloat(getComputedStyle(node).borderTopWidth)") >= 1
    rich.page.keyboard.press("Tab")
    assert rich.thread.evaluate("node => getComputedStyle(node.shadowRoot.activeElement).outlineStyle") == "solid"


def test_nothing_moves_for_who_wants_no_motion(reader: Callable[..., Reader], trial: Trial) -> None:
    guest = reader(reduced_motion="reduce")
    guest.page.route(THREAD, lambda _route: None)
    guest.page.goto(serve(trial, own_key("still")))
    expect(guest.thread.locator(".bone")).to_have_count(3)
    assert guest.thread.evaluate("node => node.shadowRoot.getAnimations({ subtree: true }).length") == 0
    guest.page.emulate_media(reduced_motion="no-preference")
    assert guest.thread.evaluate("node => node.shadowRoot.getAnimations({ subtree: true }).length") == 3


def test_a_style_sheet_that_comes_late_still_says_that_the_blog_is_dark(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    guest, held = reader(), list[Route]()
    guest.page.route("**/late.css", lambda route: held.append(route))
    address = serve(trial, own_key("late"), head='<link rel="stylesheet" href="/late.css">')
    guest.page.goto(address, wait_until="commit")
    root = guest.thread.locator(".root")
    expect(root).to_have_attribute("data-theme", "light")
    held[0].fulfill(content_type="text/css", body="body { background: #171312; color: #fff }")
    expect(root).to_have_attribute("data-theme", "dark")
