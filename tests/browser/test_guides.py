"""Blogs built by Pelican, Eleventy and Hugo as our guides say: one comments there, and it stands under the post."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.blog import made_up
from tests.browser.builders import GUIDE, TITLE, built_by_eleventy, built_by_hugo, built_by_pelican
from tests.browser.people import Reader
from tests.browser.trial import Trial, unlike_any

SYSTEMS = ["Plain HTML", "WordPress", "Hugo", "Jekyll", "Eleventy", "Pelican", "Ghost"]


@pytest.mark.parametrize(
    ("build", "post"),
    [(built_by_pelican, "/heron.html"), (built_by_eleventy, "/heron/"), (built_by_hugo, "/the-heron/")],
)
def test_a_blog_built_by_the_guide_has_comments(
    tmp_path: Path,
    trial: Trial,
    reader: Callable[..., Reader],
    new_context: Callable[..., BrowserContext],
    build: Callable[[Path, Trial], Path],
    post: str,
) -> None:
    pages, text = build(tmp_path, trial), unlike_any("Seen from the bridge.")
    for file in pages.rglob("*.html"):
        made_up["/" + str(file.relative_to(pages)).removesuffix("index.html")] = ({}, file.read_bytes())
    made_up["/"] = ({}, (pages / "index.html").read_bytes())

    guest = reader()
    guest.page.goto(trial.other_blog + post)
    expect(guest.heading).to_have_text(f"Comments on “{TITLE}”")
    guest.say(text).introduce("Marta").post.click()
    expect(guest.comment(text)).to_contain_text("awaiting moderation")
    [waiting] = [one for one in trial.queue() if text in one["body"]]
    trial.decide(waiting["id"])

    guest.reload()
    expect(guest.comment(text)).to_contain_text("Marta")
    expect(guest.heading).to_have_text(f"One Comment on “{TITLE}”")
    guest.page.goto(trial.other_blog + "/")
    expect(guest.page.locator("comment-count")).to_have_text("One comment")

    plain = new_context(java_script_enabled=False).new_page()
    plain.goto(trial.other_blog + post)
    plain.get_by_role("link", name="Read the comments and write one").click()
    expect(plain.get_by_text(text)).to_be_visible()
    del made_up["/"]


def test_each_guide_says_which_file_gets_the_tag_and_the_count() -> None:
    sections = {part.partition("\n")[0]: part for part in GUIDE.read_text().split("\n## ")[1:]}
    for system in SYSTEMS:
        assert "<comment-thread site=" in sections[system], system
        assert "<comment-count site=" in sections[system], system
        assert "/page?site=" in sections[system], system
    assert "Content-Security-Policy" in sections["The policy, where a blog has one"]
