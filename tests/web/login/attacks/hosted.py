"""Attacks on signing in from our own page of a thread: nobody gets another's text or session by it."""

import re
from html import unescape

from tests.sign_in import visit
from tests.web.login.attacks.scene import Attack, Scene

TEXT = "Not for other eyes."


def _form(scene: Scene) -> dict[str, str]:
    document = scene.reader.client.get(f"/page?site={scene.site}&page=/her").text
    return {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', document)
    }


def _departs(scene: Scene) -> str:
    """Let the reader leave our page to sign in; returns the way back, after which the attack follows."""
    sent = _form(scene) | {"with": "demo", "body": TEXT}
    onward = scene.reader.client.post("/page/sign-in", data=sent).text
    found = re.search(r"url=([^\"]+)\">", onward)
    assert found, onward
    return visit(unescape(found[1]))


def _done(scene: Scene) -> str:
    """Let the reader come back from the provider; the address of the last step, which begins the session."""
    done = scene.reader.returns(_departs(scene)).location
    scene.remember()
    return done


def _forged(scene: Scene) -> int:
    sent = {name: value for name, value in _form(scene).items() if name != "csrf_token"}
    return scene.reader.client.post("/page/sign-in", data=sent | {"with": "demo"}).status_code


def _answer_in_another_browser(scene: Scene) -> int:
    return scene.stranger.returns(_departs(scene)).status_code


def _last_page_in_another_browser(scene: Scene) -> int:
    done = _done(scene)
    return scene.stranger.client.get(done).status_code


def _draft_in_another_browser(scene: Scene) -> bool:
    there = scene.reader.client.get(_done(scene)).location
    assert TEXT in scene.reader.client.get(there).text
    scene.remember()
    return TEXT in scene.stranger.client.get(there).text


def _last_page_again_after_logging_out(scene: Scene) -> bool:
    done = _done(scene)
    there = scene.reader.client.get(done).location
    form = _form(scene)
    assert "You are commenting using your Demo account." in scene.reader.client.get(there).text
    scene.reader.client.post("/page/sign-out", data=form)
    scene.remember()
    again = scene.reader.client.get(scene.reader.client.get(done).location).text
    return "You are commenting using" in again


def _code_exchanged_by_the_blog(scene: Scene) -> int:
    attempt = _done(scene).rpartition("/")[2]
    code = scene.reader.asks_for_code(attempt).json["code"]
    scene.blog.attempt = attempt
    return scene.blog.exchanges(scene.reader.client, code).status_code


def _page_of_another_site(scene: Scene) -> int:
    form = _form(scene) | {"with": "demo", "url": "https://evil.example/her"}
    return scene.reader.client.post("/page/sign-in", data=form).status_code


def _unknown_way(scene: Scene) -> int:
    return scene.reader.client.post("/page/sign-in", data=_form(scene) | {"with": "nowhere"}).status_code


ATTACKS = [
    Attack(name="our own page's form without its token", do=_forged, ends=400),
    Attack(name="our own page's answer in another browser", do=_answer_in_another_browser, ends=403),
    Attack(name="our own page's last step in another browser", do=_last_page_in_another_browser, ends=403),
    Attack(name="our own page's draft in another browser", do=_draft_in_another_browser, ends=False),
    Attack(name="our own page's last step again", do=_last_page_again_after_logging_out, ends=False),
    Attack(name="our own page's code exchanged by a blog", do=_code_exchanged_by_the_blog, ends=422),
    Attack(name="our own page's form for another's post", do=_page_of_another_site, ends=403),
    Attack(name="our own page's form with an unknown way", do=_unknown_way, ends=404),
]
