"""On a stranger's page: strict policies, hostile style, patched prototypes, no JavaScript; and how much is loaded."""

import gzip
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.embedding import serve
from tests.browser.people import Reader
from tests.browser.trial import Trial, own_key, unlike_any

KB = 1000
# What old libraries do to a page: what stands in every object, what an array says of itself as JSON, and worse.
PATCHED = """<script>
Object.prototype.extend = function () { return this; };
Array.prototype.toJSON = function () { return "broken"; };
Array.prototype.each = function () {};
Array.from = () => { throw new Error("Array.from is the page's own"); };
Element.prototype.update = function () {};
String.prototype.trimLeft = null;
addEventListener("focusin", () => {
  window.fetch = () => Promise.reject(new Error("fetch is the page's own"));
  JSON.parse = JSON.stringify = () => { throw new Error("JSON is the page's own"); };
  window.URL = window.URLSearchParams = null;
}, { once: true });
</script>"""
HOSTILE = """<style>
* { all: unset !important; display: inline !important; position: fixed !important; color: red !important;
  font-size: 5px !important; visibility: hidden !important; }
main, body, html, h1 { visibility: visible !important; position: static !important; display: block !important; }
comment-thread { visibility: visible !important; position: static !important; display: block !important; }
comment-thread::part(heading) { letter-spacing: 0 }
button { pointer-events: none !important; }
</style>"""


def strict(trial: Trial) -> dict[str, str]:
    there = trial.service
    policy = f"default-src 'self'; script-src {there}; connect-src {there}; img-src {there} data:"
    return {
        "Content-Security-Policy": f"{policy}; require-trusted-types-for 'script'; trusted-types moderation",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    }


def use_all(guest: Reader, trial: Trial, name: str = "Ann") -> None:
    """Walk through everything that a guest can do."""
    text = unlike_any("Under **strict** rules.")
    guest.say(text)
    guest.thread.get_by_role("button", name="Preview").click()
    expect(guest.thread.locator("[part=preview] strong")).to_have_text("strict")
    guest.thread.get_by_role("button", name="Preview").click()
    guest.introduce(name).post.click()
    mine = guest.comment(text.replace("**", ""))
    expect(mine).to_contain_text("awaiting")
    expect(mine.locator("strong")).to_have_text("strict")
    mine.get_by_role("button", name="Edit").click()
    guest.thread.get_by_label("Your comment").fill(text + " More.")
    guest.thread.get_by_role("button", name="Save").click()
    expect(mine).to_contain_text("More.")
    guest.thread.get_by_role("button", name="Report").first.click()
    guest.thread.get_by_role("button", name="Send report").click()
    expect(guest.thread.locator("[part=status]")).to_have_text("Thank you. A moderator will look at it.")


def test_all_works_under_a_strict_policy_with_trusted_types_and_isolation(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    key, guest = own_key("strict"), reader()
    trial.decide(trial.comment(unlike_any("A *word*."), page=key, name="Voice"))
    guest.page.goto(serve(trial, key, headers=strict(trial)))
    expect(guest.thread.locator("[part~=comment] em")).to_have_text("word")
    expect(guest.thread.locator("img.face")).to_have_js_property("complete", True)
    assert guest.thread.locator("img.face").evaluate("image => image.naturalWidth") > 0
    use_all(guest, trial)
    guest.say("As myself.").sign_in()


def test_where_the_page_forbids_our_policy_comments_are_plain_text(reader: Callable[..., Reader], trial: Trial) -> None:
    key, guest = own_key("untrusted"), reader()
    guest.watch.allow("[Tt]rusted")
    trial.decide(trial.comment("Fish & *chips*.", page=key, name="Voice"))
    policy = "require-trusted-types-for 'script'; trusted-types 'none'"
    guest.page.goto(serve(trial, key, headers={"Content-Security-Policy": policy}))
    expect(guest.thread.locator("[part=text]")).to_contain_text("Fish & chips")


def test_all_works_where_the_page_has_bent_the_language(reader: Callable[..., Reader], trial: Trial) -> None:
    key, guest = own_key("bent"), reader()
    trial.decide(*(trial.comment(unlike_any("A word."), page=key, name="Voice") for _ in range(2)))
    guest.page.goto(serve(trial, key, head=PATCHED))
    expect(guest.thread.locator("[part~=comment]")).to_have_count(2)
    use_all(guest, trial)
    assert guest.page.evaluate("window.URL === null")
    guest.say("As myself.").sign_in()
    guest.thread.get_by_role("button", name="Like").first.click()
    expect(guest.thread.get_by_role("button", name="Like").first).to_have_attribute("aria-pressed", "true")
    guest.thread.get_by_label("Sort by").select_option("newest")
    expect(guest.thread.locator("[part=status]")).to_have_text("Newest first")


def test_a_hostile_style_reaches_the_tag_and_nothing_in_it(reader: Callable[..., Reader], trial: Trial) -> None:
    key, guest = own_key("hostile"), reader()
    trial.decide(trial.comment(unlike_any("A word."), page=key, name="Voice"))
    guest.page.goto(serve(trial, key, head=HOSTILE))
    text = guest.thread.locator("[part=text]")
    expect(text).to_be_visible()
    assert text.evaluate("node => getComputedStyle(node).position") == "static"
    box = guest.box.bounding_box()
    assert box
    assert box["height"] > 40
    use_all(guest, trial)


def taken(requests: list[Request], trial: Trial) -> dict[str, int]:
    """What was downloaded from the service as scripts: bytes as gzip makes them, by name."""
    sizes = {}
    for request in requests:
        name = request.url.removeprefix(f"{trial.service}/embed/")
        answer = request.response()
        if name != request.url and answer:
            sizes[name] = len(gzip.compress(answer.body(), 9))
    return sizes


def test_little_is_loaded_before_a_reader_acts_and_little_more_for_the_form(
    reader: Callable[..., Reader], trial: Trial
) -> None:
    guest = reader().open()
    guest.page.wait_for_load_state("networkidle")
    before = taken(guest.watch.requests, trial)
    assert list(before) == ["v1.js"]
    assert sum(before.values()) <= 12 * KB, before
    assert len(guest.watch.asked("/api/")) == 1
    assert guest.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    guest.box.click()
    expect(guest.thread.locator("#email")).to_be_visible()
    guest.page.wait_for_load_state("networkidle")
    after = taken(guest.watch.requests, trial)
    assert sum(after.values()) - sum(before.values()) <= 6 * KB, after
    assert len(guest.watch.asked("/api/")) == 2


def test_the_script_names_no_address_of_anybody(reader: Callable[..., Reader], trial: Trial) -> None:
    asked = reader().context.request
    names = asked.get(f"{trial.service}/embed/manifest.json").json()["files"]
    for name in names:
        text = asked.get(f"{trial.service}/embed/{name}").text()
        assert re.findall(r"://[^\s)\"]", text) == [], name


def test_a_pinned_release_works_with_its_hash(reader: Callable[..., Reader], trial: Trial) -> None:
    key, guest = own_key("pinned"), reader()
    trial.decide(trial.comment(unlike_any("A word."), page=key))
    pinned = guest.context.request.get(f"{trial.service}/embed/manifest.json").json()["files"]["v1.js"]
    script = f'<script src="{pinned["url"]}" integrity="{pinned["integrity"]}" crossorigin async></script>'
    address = serve(trial, key, after=script)
    guest.page.route(
        f"{trial.service}/embed/v1.js", lambda route: route.fulfill(body="", content_type="text/javascript")
    )
    guest.page.goto(address)
    expect(guest.thread.locator("[part~=comment]")).to_have_count(1)
    guest.say("With all its parts.")
    assert {one.url.rpartition("/")[0] for one in guest.watch.asked("/embed/") if "form" in one.url} == {
        pinned["url"].rpartition("/")[0]
    }


def test_without_javascript_one_reads_and_comments_on_a_page_of_its_own(
    new_context: Callable[..., BrowserContext], trial: Trial
) -> None:
    key, old, text = own_key("plain"), unlike_any("Read me."), unlike_any("Written by hand.")
    trial.decide(trial.comment(old, page=key))
    page = new_context(java_script_enabled=False).new_page()
    link = f"{trial.service}/page?site={trial.site}&amp;page={quote(key)}"
    advice = f'<noscript><a href="{link}">Read the comments</a></noscript>'
    page.goto(serve(trial, key, after=advice))
    page.get_by_role("link", name="Read the comments").click()
    expect(page.get_by_text(old)).to_be_visible()
    page.locator("textarea").fill(text)
    for label, value in (("Name", "Ann"), ("Email", "ann@mail.example")):
        page.get_by_label(label).first.fill(value)
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator("body")).to_contain_text("awaiting moderation")
    assert trial.statuses(text) == ["waiting"]


def test_without_javascript_one_signs_in_by_redirect_and_the_text_comes_along(
    new_context: Callable[..., BrowserContext], trial: Trial
) -> None:
    text = unlike_any("No script, no hurry.")
    page = new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{trial.service}/page?site={trial.site}&page=/her")
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Demo", exact=True).click()
    page.get_by_role("button", name=re.compile("^Ida Okafor")).click()
    account = page.locator(".account")
    expect(account).to_contain_text("Ida Okafor: You are commenting using your Demo account.")
    expect(page.locator("textarea")).to_have_value(text)
    account.get_by_role("button", name="Change").click()
    expect(page.locator("textarea")).to_have_value(text)
    page.get_by_role("button", name="Demo", exact=True).click()
    page.get_by_role("button", name=re.compile("^Noor Haddad")).click()
    expect(account).to_contain_text("Noor Haddad: You are commenting")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator("body")).to_contain_text("awaiting moderation")
    assert [(one["author"]["name"], text in one["body"]) for one in trial.queue() if text in one["body"]] == [
        ("Noor Haddad", True)
    ]


def tree(page: Page) -> list[dict[str, Any]]:
    """Return Chromium's accessibility tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [node for node in nodes if not node.get("ignored")]


@pytest.mark.parametrize("state", ["read", "form"])
def test_a_screen_reader_finds_a_name_for_everything_it_can_use(
    reader: Callable[..., Reader], trial: Trial, state: str
) -> None:
    key = own_key("tree")
    trial.decide(trial.comment(unlike_any("A word."), page=key, name="Voice"))
    guest = reader().open_elsewhere(key)
    if state == "form":
        guest.say("Some text.")
        expect(guest.thread.get_by_role("button", name="Demo", exact=True)).to_be_visible()
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree(guest.page)]
    roles = {role for role, _ in found}
    assert {"region", "article", "heading", "list", "textbox", "status"} <= roles, json.dumps(sorted(roles))
    used = {"button", "link", "textbox", "combobox", "checkbox", "article", "region", "toolbar", "group"}
    assert [role for role, name in found if role in used and not name.strip()] == []
    assert any(role == "article" and name.startswith("Comment by ") for role, name in found)
