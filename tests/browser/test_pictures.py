"""Takes the documentation's pictures of the running product, when asked to: MODERATION_PICTURES=1."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import Author, Reader
from tests.browser.trial import Trial

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST = 300 * 1024

pytestmark = pytest.mark.skipif(
    "MODERATION_PICTURES" not in os.environ, reason="only with MODERATION_PICTURES=1, since it writes docs/pictures"
)


def test_a_post_with_its_thread_and_somebody_writing(reader: Callable[..., Reader]) -> None:
    guest = reader(viewport={"width": 1000, "height": 1080}).open()
    guest.say("I saw it twice, and the heron is right about the lamps.").introduce("Marta Lind", "marta@lind.example")
    guest.page.evaluate("document.activeElement.blur()")
    guest.page.wait_for_load_state("networkidle")
    guest.post.evaluate("button => scrollTo(0, button.getBoundingClientRect().bottom + scrollY - innerHeight + 40)")
    guest.page.screenshot(path=PICTURES / "post.png", animations="disabled")
    assert (PICTURES / "post.png").stat().st_size <= LARGEST


def test_the_queue(author: Callable[..., Author]) -> None:
    owner = author(viewport={"width": 1000, "height": 900}).sign_in("")
    owner.page.keyboard.press("j")
    expect(owner.page.locator("article.card").first).to_be_focused()
    owner.page.screenshot(path=PICTURES / "queue.png", animations="disabled")
    assert (PICTURES / "queue.png").stat().st_size <= LARGEST


@pytest.mark.parametrize(
    ("name", "path", "scheme"),
    [
        ("rules", "{site}/rules", "light"),
        ("statistics", "{site}/stats", "light"),
        ("history", "history", "dark"),
        ("settings", "{site}/settings", "dark"),
    ],
)
def test_the_other_rooms(author: Callable[..., Author], trial: Trial, name: str, path: str, scheme: str) -> None:
    trial.decide(*(comment["id"] for comment in trial.queue()[:1]))
    owner = author(viewport={"width": 1000, "height": 760}, color_scheme=scheme).sign_in("")
    owner.page.goto(trial.dashboard + path.format(site=trial.site))
    owner.page.wait_for_load_state("networkidle")
    owner.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
    assert (PICTURES / f"{name}.png").stat().st_size <= LARGEST


def test_the_queue_on_a_phone(author: Callable[..., Author]) -> None:
    owner = author(viewport={"width": 390, "height": 844}, color_scheme="dark", device_scale_factor=2).sign_in("")
    owner.page.locator("article.card").first.scroll_into_view_if_needed()
    owner.page.screenshot(path=PICTURES / "phone.png", animations="disabled")
    assert (PICTURES / "phone.png").stat().st_size <= LARGEST
