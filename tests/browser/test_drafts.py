"""What somebody has typed is never lost: not by a reload, not by an error, not by a broken connection."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import Reader
from tests.browser.trial import Trial, own_key, unlike_any

COMMENTS = "**/api/v1/comments"


@pytest.fixture
def guest(reader: Callable[..., Reader]) -> Reader:
    return reader().open_elsewhere(own_key("draft"))


def keys(reader: Reader) -> list[str]:
    """The idempotency keys of everything that was sent."""
    return [request.headers["idempotency-key"] for request in reader.watch.asked("/api/v1/comments", "POST")]


def test_a_draft_survives_a_reload_and_is_gone_once_sent(guest: Reader) -> None:
    text = unlike_any("Where was I?")
    guest.say(text)
    guest.reload()
    expect(guest.box).to_have_value(text)
    expect(guest.post).to_be_visible()
    guest.introduce("Ines").post.click()
    expect(guest.comment(text)).to_be_visible()
    guest.reload()
    expect(guest.box).to_have_value("")
    assert guest.thread.evaluate("() => Object.keys(localStorage).filter(key => key.includes(':draft:'))") == []


def test_each_place_has_a_draft_of_its_own(guest: Reader, trial: Trial) -> None:
    text = unlike_any("The first.")
    trial.decide(trial.comment(text, page=guest.page.url.removeprefix(trial.other_blog)))
    guest.reload().say("To everybody.")
    reply = guest.comment(text).get_by_role("button", name="Reply")
    reply.click()
    expect(guest.box).to_have_value("")
    guest.box.fill("To one.")
    guest.thread.get_by_role("button", name="Cancel reply").click()
    expect(guest.box).to_have_value("To everybody.")
    reply.click()
    expect(guest.box).to_have_value("To one.")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("body", "x" * 8193, "8,192"),
        ("name", "Ann\u202ea", "direction"),
        ("website", "ftp://ann.example", "http"),
    ],
)
def test_what_is_refused_is_told_beside_the_field_with_everything_still_there(
    guest: Reader, field: str, value: str, words: str
) -> None:
    guest.watch.allow("422")
    given = {"body": "A fair text.", "email": "ann@mail.example", "name": "Ann", "website": "", field: value}
    guest.say(given["body"]).introduce(given["name"], given["email"], given["website"])
    guest.post.click()
    expect(guest.thread.locator(f"#{field}-error")).to_contain_text(words)
    expect(guest.thread.locator(f"#{field}")).to_be_focused()
    expect(guest.thread.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    for name, kept in given.items():
        expect(guest.thread.locator(f"#{name}")).to_have_value(kept)
    guest.thread.locator(f"#{field}").press("End")
    guest.thread.locator(f"#{field}").press("Backspace")
    expect(guest.thread.locator(f"#{field}-error")).to_be_empty()


@pytest.mark.parametrize(
    ("emptied", "words"),
    [
        ("body", "Please write something first."),
        ("email", "Please enter your e-mail address."),
        ("name", "Please enter your name."),
    ],
)
def test_what_is_missing_is_told_before_anything_is_sent(guest: Reader, emptied: str, words: str) -> None:
    guest.say("A text.").introduce("Ann").thread.locator(f"#{emptied}").fill("")
    guest.post.click()
    expect(guest.thread.locator(f"#{emptied}-error")).to_have_text(words)
    expect(guest.thread.locator(f"#{emptied}")).to_be_focused()
    assert keys(guest) == []


def test_far_too_much_text_is_refused_in_words(guest: Reader) -> None:
    guest.watch.allow("413")
    text = "word " * 30_000
    guest.say(text).introduce("Ann").post.click()
    expect(guest.thread.locator("#body-error")).to_contain_text("more than can be taken")
    expect(guest.box).to_be_focused()
    expect(guest.box).to_have_value(text)


def test_somebody_too_quick_is_told_when_to_try_again(reader: Callable[..., Reader], severed_trial: Trial) -> None:
    guest, text = reader(to=severed_trial).open_elsewhere(own_key("quick")), unlike_any("The last straw.")
    guest.watch.allow("429")
    while severed_trial.send(unlike_any("One of too many."), page=own_key("many")).status_code != 429:
        pass
    guest.say(text).introduce("Hasty").post.click()
    expect(guest.error).to_contain_text("That was a lot at once. Please try again in ")
    expect(guest.box).to_have_value(text)
    assert severed_trial.statuses(text) == []


def test_a_failing_service_is_told_in_words_and_the_text_kept(guest: Reader, trial: Trial) -> None:
    guest.watch.allow("503")
    text = unlike_any("At a bad moment.")
    guest.page.route(COMMENTS, lambda route: route.fulfill(status=503, headers={"Retry-After": "5"}), times=1)
    guest.say(text).introduce("Ann").post.click()
    expect(guest.error).to_contain_text("The comment service has a problem just now. Your text is kept")
    expect(guest.box).to_have_value(text)
    guest.post.click()
    expect(guest.comment(text)).to_contain_text("awaiting")
    assert trial.statuses(text) == ["waiting"]


def test_a_comment_whose_answer_got_lost_is_sent_again_and_stands_there_once(guest: Reader, trial: Trial) -> None:
    guest.watch.allow("ERR_FAILED")
    text = unlike_any("Did it arrive?")

    def lose(route: Route) -> None:
        assert route.fetch().status == 201
        route.abort()

    guest.page.route(COMMENTS, lose, times=1)
    guest.say(text).introduce("Ann").post.click()
    expect(guest.error).to_contain_text("There is no connection to the comment service. Your text is kept.")
    expect(guest.box).to_have_value(text)
    assert trial.statuses(text) == ["waiting"]

    guest.reload()
    expect(guest.box).to_have_value(text)
    guest.introduce("Ann").post.click()
    expect(guest.comment(text)).to_have_count(1)
    first, second = keys(guest)
    assert first == second
    assert trial.statuses(text) == ["waiting"]


def test_who_is_offline_is_told_and_the_text_goes_out_with_the_connections_return(guest: Reader, trial: Trial) -> None:
    guest.watch.allow("ERR_INTERNET_DISCONNECTED")
    text = unlike_any("From a train.")
    guest.say(text).introduce("Ann")
    guest.context.set_offline(True)
    guest.post.click()
    expect(guest.error).to_contain_text("There is no connection. Your text is kept, and sent as soon as you are online")
    expect(guest.thread.get_by_role("button", name="Send again")).to_be_visible()
    guest.context.set_offline(False)
    expect(guest.comment(text)).to_contain_text("awaiting")
    first, second = keys(guest)
    assert first == second
    assert trial.statuses(text) == ["waiting"]


def test_two_clicks_send_one_comment(guest: Reader, trial: Trial) -> None:
    text = unlike_any("Click, click.")
    guest.say(text).introduce("Ann").post.dblclick()
    expect(guest.comment(text)).to_have_count(1)
    assert len(keys(guest)) == 1
    assert trial.statuses(text) == ["waiting"]
