"""A guest comments under a post, the author approves, everybody reads it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import Author, Reader
from tests.browser.trial import Trial, own_key, unlike_any


def comments_on(count: int) -> str:
    return f"{count} Comments on “Beastly Reviews: Her”"


def number(reader: Reader) -> int:
    return int(reader.heading.inner_text().split()[0])


def test_a_guests_comment_waits_in_place_and_stands_under_the_post_once_approved(
    reader: Callable[..., Reader], author: Callable[..., Author]
) -> None:
    guest, other = reader().open(), reader().open()
    text, before = unlike_any("I saw it **twice**, and the heron is right."), number(other)
    shown = text.replace("**", "")

    guest.say(text).introduce("Marta Lind", website="lind.example")
    guest.post.click()
    mine = guest.comment(shown)
    expect(mine).to_contain_text("Your comment is awaiting moderation.")
    expect(mine.locator("strong")).to_have_text("twice")
    expect(guest.thread.locator("[part=status]")).to_have_text("Your comment is awaiting moderation.")
    expect(guest.box).to_have_value("")
    expect(guest.heading).to_have_text(comments_on(before))
    expect(other.reload().comment(shown)).to_have_count(0)
    expect(guest.reload().comment(shown)).to_contain_text("Your comment is awaiting moderation.")

    author().sign_in().approve_by_keyboard(shown)

    for person in (guest, other):
        expect(person.reload().comment(shown)).to_have_count(1)
        expect(person.comment(shown)).not_to_contain_text("awaiting")
        expect(person.comment(shown).get_by_role("link", name="Marta Lind")).to_have_attribute(
            "href", "https://lind.example"
        )
        expect(person.heading).to_have_text(comments_on(before + 1))
    assert guest.thread.evaluate("thread => localStorage.getItem('moderation:hollow-oak:mine')") is None


def test_what_was_rejected_says_so_to_its_writer_alone_with_the_moderators_words(
    reader: Callable[..., Reader], author: Callable[..., Author]
) -> None:
    key, rude, odd = own_key("rejected"), unlike_any("You fool."), unlike_any("Buy nothing.")
    marta, ida = reader().open_elsewhere(key), reader().open_elsewhere(key)
    marta.say(rude).introduce("Marta Lind").post.click()
    ida.say(odd).sign_in().post.click()
    for person, text in ((marta, rude), (ida, odd)):
        expect(person.comment(text)).to_contain_text("awaiting")

    owner = author().sign_in().go_to(rude)
    owner.page.keyboard.press("R")
    form = owner.page.get_by_role("dialog")
    form.get_by_label("Reason").fill("Please be kind.")
    form.get_by_role("button", name="Reject").click()
    expect(owner.card(rude)).to_have_count(0)
    owner.go_to(odd).press("r")

    expect(marta.reload().comment(rude)).to_contain_text("Your comment was not published. Please be kind.")
    expect(ida.reload().comment(odd)).to_contain_text("Your comment was not published.")
    for person, text, other in ((marta, rude, odd), (ida, odd, rude)):
        expect(person.comment(text).get_by_role("button", name="Withdraw")).to_be_visible()
        expect(person.comment(text).get_by_role("button", name="Edit")).to_have_count(0)
        expect(person.comment(other)).to_have_count(0)


def test_the_rest_of_the_form_comes_with_the_first_focus_and_not_before(reader: Callable[..., Reader]) -> None:
    guest = reader().open()
    guest.page.wait_for_load_state("networkidle")
    expect(guest.box).to_be_visible()
    expect(guest.thread.locator("#email")).to_have_count(0)
    assert guest.watch.asked("/api/v1/sites/") == []
    assert guest.watch.asked("/embed/form.js") == []

    guest.box.click()
    for label in ("Email (required)", "Name (required)", "Website"):
        expect(guest.thread.get_by_label(label)).to_be_visible()
    for words in ("Fill in your details below or click an icon to log in:", "Address never made public"):
        expect(guest.identity).to_contain_text(words)
    expect(guest.thread.get_by_role("button", name="Demo", exact=True)).to_be_visible()
    expect(guest.thread.get_by_label("Notify me of new comments via email.")).to_be_visible()
    assert len(guest.watch.asked("/api/v1/sites/")) == 1


def test_the_whole_form_can_be_used_without_a_mouse(reader: Callable[..., Reader]) -> None:
    guest, text = reader().open_elsewhere(own_key("keys")), unlike_any("Typed only.")
    keyboard = guest.page.keyboard
    guest.box.focus()
    expect(guest.thread.locator("#email")).to_be_visible()
    # It comes last, by itself.
    expect(guest.thread.get_by_role("toolbar")).to_be_visible()
    guest.box.press_sequentially(text)
    for _ in range(5):
        keyboard.press("Tab")
        if guest.thread.evaluate("thread => thread.shadowRoot.activeElement.id") == "email":
            break
    keyboard.type("reader@mail.example")
    keyboard.press("Tab")
    keyboard.type("Typist")
    keyboard.press("Control+Enter")
    expect(guest.comment(text)).to_contain_text("Your comment is awaiting moderation.")
    expect(guest.comment(text)).to_be_focused()


@pytest.mark.parametrize(
    ("count", "heading"),
    [(0, "Comments on “A post”"), (1, "One Comment on “Her”"), (12, "12 Comments on “Her”")],
)
def test_the_heading_counts_as_people_do(reader: Callable[..., Reader], trial: Trial, count: int, heading: str) -> None:
    key = own_key("counted")
    trial.decide(*(trial.comment(unlike_any("One of them."), page=key, title="Her") for _ in range(count)))
    expect(reader().open_elsewhere(key).heading).to_have_text(heading)
