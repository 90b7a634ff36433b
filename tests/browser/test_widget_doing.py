"""What a commenter does besides sending: change and take back, look before sending, mark text, all without a mouse."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.embedding import serve
from tests.browser.people import Reader
from tests.browser.trial import Trial, own_key, unlike_any

CHOOSE = "(box, [from, to]) => box.setSelectionRange(from, to)"


@pytest.fixture
def guest(reader: Callable[..., Reader]) -> Reader:
    return reader().open_elsewhere(own_key("doing"))


def test_a_guest_changes_and_takes_back_a_comment(guest: Reader, trial: Trial) -> None:
    text, changed = unlike_any("Too hasty."), unlike_any("Much better.")
    guest.say(text).introduce("Ann").post.click()
    mine = guest.comment(text)
    edit = mine.get_by_role("button", name="Edit")
    edit.click()
    box = guest.thread.get_by_label("Your comment")
    expect(box).to_be_focused()
    expect(box).to_have_value(text)
    guest.page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    edit.click()
    box.fill(changed)
    box.press("Control+Enter")
    expect(guest.comment(changed)).to_be_focused()
    expect(guest.comment(text)).to_have_count(0)
    assert trial.statuses(changed) == ["waiting"]

    guest.reload()
    guest.comment(changed).get_by_role("button", name="Withdraw").click()
    question = guest.thread.locator("[part=question]")
    expect(question).to_contain_text("Withdraw this comment?")
    question.get_by_role("button", name="Withdraw").click()
    expect(guest.comment(changed)).to_have_count(0)
    expect(guest.thread.locator("[part=status]")).to_have_text("Your comment is withdrawn.")
    assert trial.statuses(changed) == []
    assert guest.page.evaluate("Object.keys(localStorage).filter((key) => key.includes(':own:'))") == []


def test_somebody_signed_in_takes_back_what_is_published_and_nobody_else_can(
    guest: Reader, reader: Callable[..., Reader], trial: Trial
) -> None:
    text = unlike_any("On second thoughts.")
    guest.say(text).sign_in().post.click()
    expect(guest.comment(text)).to_be_visible()
    trial.decide(*(one["id"] for one in trial.queue() if text in one["body"]))
    other = reader().open_elsewhere(guest.page.url.removeprefix(trial.other_blog))
    expect(other.comment(text).get_by_role("button", name="Withdraw")).to_have_count(0)
    guest.reload()
    guest.comment(text).get_by_role("button", name="Withdraw").click()
    guest.thread.locator("[part=question]").get_by_role("button", name="Withdraw").click()
    expect(guest.comment(text)).to_have_count(0)
    expect(other.reload().comment(text)).to_have_count(0)


def test_a_change_that_is_refused_says_why_and_keeps_the_text(guest: Reader) -> None:
    guest.watch.allow("422")
    text = unlike_any("Short.")
    guest.say(text).introduce("Ann").post.click()
    guest.comment(text).get_by_role("button", name="Edit").click()
    box = guest.thread.get_by_label("Your comment")
    box.fill("x" * 8193)
    guest.thread.get_by_role("button", name="Save").click()
    expect(guest.thread.locator("[part=question] [role=alert]")).to_contain_text("8,192")
    expect(box).to_have_value("x" * 8193)


def test_a_preview_shows_the_text_as_it_will_be(guest: Reader) -> None:
    guest.say("Quite **bold**.\n\n> she said")
    preview = guest.thread.get_by_role("button", name="Preview")
    preview.click()
    shown = guest.thread.locator("[part=preview]")
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown.locator("blockquote")).to_contain_text("she said")
    expect(shown).to_be_focused()
    expect(preview).to_have_attribute("aria-pressed", "true")
    preview.click()
    expect(shown).to_have_count(0)
    expect(guest.box).to_be_focused()
    expect(guest.box).to_have_value("Quite **bold**.\n\n> she said")


@pytest.mark.parametrize(
    ("tool", "key", "wanted"),
    [
        ("Bold", "Control+b", "say **this** once"),
        ("Italic", "Control+i", "say *this* once"),
        ("Code", "Control+e", "say `this` once"),
        ("Link", "Control+k", "say [this](https://) once"),
        ("Quote", None, "> say this once"),
    ],
)
def test_the_toolbar_and_its_keys_mark_what_is_chosen(guest: Reader, tool: str, key: str | None, wanted: str) -> None:
    for press in (True, False) if key else (True,):
        guest.say("say this once")
        guest.box.evaluate(CHOOSE, [4, 8])
        if press:
            guest.thread.get_by_role("button", name=tool, exact=tool != "Quote").click()
        else:
            guest.box.press(key or "")
        expect(guest.box).to_have_value(wanted)
        expect(guest.box).to_be_focused()


def test_the_arrows_lead_through_the_toolbar(guest: Reader) -> None:
    guest.say("Some text.")
    guest.box.press("Tab")
    expect(guest.thread.get_by_role("button", name="Bold")).to_be_focused()
    guest.page.keyboard.press("ArrowRight")
    expect(guest.thread.get_by_role("button", name="Italic")).to_be_focused()
    guest.page.keyboard.press("ArrowLeft")
    guest.page.keyboard.press("ArrowLeft")
    expect(guest.thread.get_by_role("button", name="Preview")).to_be_focused()
    guest.page.keyboard.press("Enter")
    expect(guest.thread.locator("[part=preview]")).to_be_focused()


def test_a_connection_that_breaks_in_the_middle_of_a_post_loses_and_doubles_nothing(
    guest: Reader, trial: Trial
) -> None:
    guest.watch.allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    text = unlike_any("In a tunnel.")
    guest.say(text).introduce("Ann")

    def break_off(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        guest.context.set_offline(True)
        route.abort()  # type: ignore[attr-defined]

    guest.page.route("**/api/v1/comments", break_off, times=1)
    guest.post.click()
    expect(guest.error).to_contain_text("There is no connection. Your text is kept")
    guest.context.set_offline(False)
    expect(guest.comment(text)).to_contain_text("awaiting")
    assert trial.statuses(text) == ["waiting"]


def test_in_arabic_all_stands_the_other_way_round_and_in_its_own_words(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    key, guest = own_key("arabic"), reader(viewport={"width": 390, "height": 844})
    trial.decide(*(trial.comment(unlike_any("Word."), page=key, name="Layla") for _ in range(3)))
    guest.page.goto(serve(trial, key, html=' lang="ar" dir="rtl"'))
    expect(guest.heading).to_have_text("3 تعليقات على «A post»")
    face, name = (guest.thread.locator(f"article >> nth=0 >> {part}").bounding_box() for part in (".face", ".author"))
    assert face
    assert name
    assert face["x"] > name["x"] + name["width"]
    guest.box.click()
    expect(guest.thread.get_by_label("الاسم")).to_be_visible()
    guest.thread.get_by_role("button", name="نشر التعليق").click()
    expect(guest.thread.locator("#body-error")).to_have_text("اكتب شيئًا أولًا من فضلك.")
    assert guest.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [one.url.rpartition("/")[2] for one in guest.watch.asked("/embed/lang/")] == ["ar.json"]


def test_the_language_of_the_tag_goes_before_the_pages_and_an_unknown_one_is_english(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    guest, key = reader(), own_key("language")
    tag = f'<comment-thread site="{trial.site}" lang="de-CH"></comment-thread>'
    guest.page.goto(serve(trial, key, html=' lang="ar" dir="rtl"', tag=tag))
    expect(guest.heading).to_have_text("Kommentare zu „A post“")
    expect(guest.thread.locator("section")).to_have_attribute("dir", "ltr")
    guest.page.goto(serve(trial, key, html=' lang="fa" dir="rtl"'))
    expect(guest.heading).to_have_text("Comments on “A post”")
    expect(guest.thread.locator("section")).to_have_attribute("dir", "rtl")


def test_when_the_page_changes_its_language_the_words_follow_and_the_draft_stays(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    guest, key = reader(), own_key("switch")
    guest.page.goto(serve(trial, key))
    guest.box.fill("Begun in English.")
    expect(guest.thread.locator("#email")).to_be_visible()
    guest.page.evaluate("document.documentElement.lang = 'de'")
    expect(guest.heading).to_have_text("Kommentare zu „A post“")
    expect(guest.box).to_have_value("Begun in English.")
    guest.page.evaluate("document.documentElement.lang = 'ar'")
    expect(guest.thread.locator("section")).to_have_attribute("dir", "rtl")
    expect(guest.box).to_have_value("Begun in English.")


def test_a_page_with_a_key_of_its_own_is_liked_before_anybody_has_commented(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    guest, key = reader(), own_key("liked")
    tag = f'<comment-thread site="{trial.site}" page="{key.removeprefix("/")}"></comment-thread>'
    guest.page.goto(serve(trial, key, tag=tag))
    guest.box.click()
    guest.sign_in()
    like = guest.thread.locator("[part=likes]").get_by_role("button", name="Like")
    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")


def test_on_paper_stand_the_comments_and_nothing_to_press(reader: Callable[..., Reader], trial: Trial) -> None:
    guest, key = reader(), own_key("paper")
    trial.decide(trial.comment(unlike_any("To be printed."), page=key, name="Ann"))
    guest.page.goto(serve(trial, key))
    expect(guest.box).to_be_visible()
    guest.page.emulate_media(media="print")
    expect(guest.thread.locator("[part=text]")).to_be_visible()
    expect(guest.heading).to_be_visible()
    expect(guest.box).to_be_hidden()
    expect(guest.thread.locator("button:visible, select:visible")).to_have_count(0)
