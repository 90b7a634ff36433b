"""Pictures in a real browser: on a page that isolates itself too, from nobody but us, and the provider's soon after."""

import time
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.people import Reader
from tests.browser.trial import Trial, own_key, unlike_any

SEEN = "image => image.complete && image.naturalWidth > 0"


def see(face: Locator) -> None:
    expect(face).to_be_visible()
    face.scroll_into_view_if_needed()
    expect(face).to_have_js_property("complete", True)
    assert face.evaluate(SEEN)


def test_pictures_are_shown_on_a_page_that_isolates_itself(reader: Callable[..., Reader], trial: Trial) -> None:
    ann, text, page = reader(), unlike_any("Where is my face?"), own_key("isolated")
    trial.decide(trial.comment(text, name="Ann", page=page))
    ann.open_elsewhere(page)
    # The control: the browser holds the page to it.
    assert ann.page.evaluate("crossOriginIsolated")
    see(ann.comment(text).locator("img.face"))


def test_the_providers_picture_comes_soon_after_the_first_sign_in_and_from_us(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    ida, text = reader().open(), unlike_any("This is how I look.")
    ida.say(text).sign_in("Noor Haddad")
    ida.post.click()
    face = ida.comment(text).locator("img.face")
    expect(face).to_be_visible()
    deadline = time.monotonic() + 60
    while ".webp" not in (face.get_attribute("src") or ""):
        assert time.monotonic() < deadline, "the worker fetched no picture"
        ida.reload()
        expect(face).to_be_visible()
    see(face)
    assert (face.get_attribute("src") or "").startswith(f"{trial.service}/avatars/")
    assert not [
        one
        for one in ida.watch.requests
        if one.url.startswith(f"{trial.issuer}/portraits") and one.frame == ida.page.main_frame
    ]
