"""Answers: the form comes under the comment, and the answer stands there."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.people import Author, Reader
from tests.browser.trial import Trial, own_key, unlike_any

UNDER = "form => form.previousElementSibling?.id ?? null"


def form_of(reader: Reader) -> Locator:
    return reader.thread.locator("[part=form]")


def test_the_form_moves_under_the_comment_and_back(reader: Callable[..., Reader], trial: Trial) -> None:
    key, text = own_key("reply"), unlike_any("What did you make of it?")
    first = trial.comment(text, page=key, name="Gareth")
    trial.decide(first)
    guest = reader().open_elsewhere(key)
    heading = guest.thread.locator("[part=form-heading]")
    expect(heading).to_have_text("Leave a Reply")

    guest.thread.get_by_role("button", name="Reply to Gareth").click()
    expect(heading).to_have_text("Leave a Reply to Gareth")
    expect(guest.box).to_be_focused()
    assert form_of(guest).evaluate(UNDER) == f"comment-{first}"
    expect(form_of(guest)).to_have_count(1)

    guest.thread.get_by_role("button", name="Cancel reply").click()
    expect(heading).to_have_text("Leave a Reply")
    assert form_of(guest).evaluate(UNDER) is None
    expect(guest.thread.get_by_role("button", name="Cancel reply")).to_be_hidden()
    expect(guest.thread.get_by_role("button", name="Reply to Gareth")).to_be_focused()


def test_an_answer_waits_and_then_stands_under_what_it_answers(
    reader: Callable[..., Reader], author: Callable[..., Author], trial: Trial
) -> None:
    key, text, answer = own_key("answer"), unlike_any("A question."), unlike_any("An answer.")
    first = trial.comment(text, page=key, name="Gareth")
    trial.decide(first)
    guest = reader().open_elsewhere(key)
    guest.reply_to("Gareth").box.fill(answer)
    guest.introduce("Ruth").post.click()

    nested = guest.thread.locator(f"li:has(> #comment-{first}) > ol").filter(has_text=answer)
    expect(nested).to_contain_text("Your comment is awaiting moderation.")
    expect(guest.thread.locator("[part=form-heading]")).to_have_text("Leave a Reply")
    moderator = author().sign_in()
    expect(moderator.card(answer)).to_contain_text(f"In answer to Gareth: {text}")
    moderator.approve_by_keyboard(answer)
    for person in (guest, reader().open_elsewhere(key)):
        person.reload()
        expect(person.thread.locator(f"li:has(> #comment-{first}) > ol").filter(has_text=answer)).to_have_count(1)
        expect(person.comment(answer)).not_to_contain_text("awaiting")
        expect(person.heading).to_contain_text("2 Comments on")


def test_any_depth_can_be_read_and_answered(reader: Callable[..., Reader], trial: Trial) -> None:
    key = own_key("deep")
    parent: str | None = None
    for depth in range(12):
        parent = trial.comment(unlike_any(f"Depth {depth}."), page=key, name=f"Voice {depth}", parent=parent)
        trial.decide(parent)
    guest = reader(viewport={"width": 390, "height": 844}).open_elsewhere(key)
    expect(guest.thread.locator("[part~=comment]")).to_have_count(12)
    text = unlike_any("From the bottom.")
    guest.reply_to("Voice 11").box.fill(text)
    guest.introduce("Diver").post.click()
    expect(guest.comment(text)).to_contain_text("in reply to Voice 11")
    assert guest.comment(text).evaluate("comment => comment.getBoundingClientRect().width") > 200


def test_an_address_with_a_comment_leads_to_it(reader: Callable[..., Reader], trial: Trial) -> None:
    key = own_key("anchor")
    ids = [trial.comment(unlike_any(f"Number {number}. " + "Long. " * 80), page=key) for number in range(6)]
    trial.decide(*ids)
    guest = reader()
    guest.open_elsewhere(f"{key}#comment-{ids[4]}")
    expect(guest.thread.locator(f"#comment-{ids[4]}")).to_be_focused()
    expect(guest.thread.locator(f"#comment-{ids[4]}")).to_be_in_viewport()
