"""A moderator decides from a mail, on a phone, without signing in."""

import mailbox
import re
import time
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from tests.browser.trial import PATIENCE, Trial, own_key, running_trial, unlike_any


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory):
    """A trial without comments, and the folder where its mail arrives."""
    folder = tmp_path_factory.mktemp("mailed")
    with running_trial(folder, "--empty", "--no-limits") as trial:
        yield trial, folder / "data" / "mail"


def arrived(folder: Path, text: str) -> dict[str, str]:
    """Wait for the mail that speaks of a comment; return its links by their labels."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for message in mailbox.Maildir(folder) if folder.exists() else ():
            mail = BytesParser(policy=policy.default).parsebytes(bytes(message))
            body = mail.get_body(("plain",)).get_content()
            if text in body:
                return dict(re.findall(r"^([\w ]+): (http\S+/decide/\S+)$", body, re.MULTILINE))
        time.sleep(0.1)
    raise TimeoutError("the mail did not come")


def test_a_look_asks_a_press_decides_and_another_takes_it_back(
    posted: tuple[Trial, Path], new_context: Callable[..., BrowserContext]
) -> None:
    trial, folder = posted
    text = unlike_any("A word from the mail.")
    trial.comment(f"{text}\n\n```\n{'x' * 200}\n```\n\n{'y' * 200}", page=own_key("mailed"), name="Marta")
    links = arrived(folder, text)
    assert list(links) == ["Approve", "Reject", "Spam", "Approve and answer"]

    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    for address in links.values():
        page.goto(address, wait_until="networkidle")
        expect(page.get_by_text(text)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert trial.statuses(text) == ["waiting"]

    page.goto(links["Approve"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve this comment?")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_have_text("Readers see it now.")
    assert trial.statuses(text) == ["approved"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("It waits again.")
    assert trial.statuses(text) == ["waiting"]
    page.goto(links["Reject"])
    expect(page.get_by_role("status")).to_contain_text("This link does nothing any more.")
    expect(page.get_by_role("button")).to_have_count(0)
