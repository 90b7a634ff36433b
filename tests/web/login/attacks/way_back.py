"""Attacks on the way back from the provider: the cookie, the state, and who answers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.sign_in import BlogPage, query_of, visit
from tests.web.login.attacks.scene import Attack, Scene, changed

ISS = "iss"


def _back(name: str, change: Callable[[str], str], ends: Any) -> Attack:
    """The reader comes back with a changed address."""
    return Attack(name=name, do=lambda scene: scene.reader.returns(change(scene.departs())).status_code, ends=ends)


def _answers(name: str, reason: str, **said: Any) -> Attack:
    """The reader is sent back with something else."""
    return Attack(name=name, do=lambda scene: scene.fails(answer=changed(**said)), ends=reason)


# --- whose browser ----------------------------------------------------------------------------------------------------


def _in_another_browser(scene: Scene) -> tuple[int, ...]:
    back = scene.departs()
    stranger = scene.stranger
    done = f"/login/done/{scene.blog.attempt}"
    refused = stranger.returns(back), stranger.client.get(done), stranger.asks_for_code(scene.blog.attempt)
    scene.reader.returns(back)
    assert scene.reason() is None
    scene.remember()
    return tuple(answer.status_code for answer in refused)


def _with_cookie(value: str | None) -> Callable[[Scene], int]:
    def come_back(scene: Scene) -> int:
        back, name = scene.departs(), f"attempt-{scene.blog.attempt}"
        scene.reader.client.delete_cookie(name)
        if value is not None:
            scene.reader.client.set_cookie(name, value)
        return scene.reader.returns(back).status_code

    return come_back


def _with_raw_cookie(scene: Scene) -> int:
    back = scene.departs()
    scene.stranger.client.environ_base["HTTP_COOKIE"] = f"attempt-{scene.blog.attempt}=\xff\xed\xa0\x80"
    return scene.stranger.returns(back).status_code


def _with_another_tabs_cookie(scene: Scene) -> int:
    other, back = BlogPage(site=scene.site), scene.departs()
    scene.reader.goes(other)
    theirs = scene.reader.client.get_cookie(f"attempt-{other.attempt}")
    assert theirs is not None
    scene.reader.client.set_cookie(f"attempt-{scene.blog.attempt}", theirs.value)
    return scene.reader.returns(back).status_code


def _strangers_answer_in_the_readers_browser(scene: Scene) -> int:
    """The stranger signs in as far as the answer, and makes the reader's browser open it."""
    theirs = BlogPage(site=scene.site)
    return scene.reader.returns(visit(scene.stranger.goes(theirs).location)).status_code


BROWSERS = [
    Attack(name="answer in another browser", do=_in_another_browser, ends=(403, 403, 403)),
    Attack(name="answer without the cookie", do=_with_cookie(None), ends=403),
    Attack(name="answer with an empty cookie", do=_with_cookie(""), ends=403),
    Attack(name="answer with a guessed cookie", do=_with_cookie("A" * 43), ends=403),
    Attack(name="answer with a huge cookie", do=_with_cookie("A" * 4000), ends=403),
    Attack(name="answer with a cookie of broken letters", do=_with_raw_cookie, ends=403),
    Attack(name="answer with the cookie of another tab", do=_with_another_tabs_cookie, ends=403),
    Attack(name="stranger's answer in the reader's browser", do=_strangers_answer_in_the_readers_browser, ends=403),
]

# --- which attempt ----------------------------------------------------------------------------------------------------


def _with_state(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda back: back.replace(query_of(back)["state"], change(query_of(back)["state"]))


def _twice(scene: Scene) -> int:
    back = scene.departs()
    for _ in range(3):
        scene.reader.returns(back)
    assert scene.reason() is None
    scene.remember()
    scene.reader.returns(back.replace(query_of(back)["code"], "another"))
    return scene.issuer.calls.count("/token")


def _the_former_state(scene: Scene) -> int:
    first = scene.departs()
    scene.departs()
    return scene.reader.returns(first).status_code


def _mixed_up(provider: Callable[[Scene], str]) -> Callable[[Scene], Any]:
    def mix_up(scene: Scene) -> Any:
        back, other = scene.departs(), provider(scene)
        scene.reader.returns(back.replace("/auth/demo/", f"/auth/{other}/"))
        reason = scene.reason()
        scene.reader.returns(back)
        assert scene.reason() == reason
        assert "/token" not in scene.issuer.calls
        return reason

    return mix_up


def _late(scene: Scene) -> str | None:
    back = scene.departs()
    scene.later(minutes=10, seconds=1)
    scene.reader.returns(back)
    assert "/token" not in scene.issuer.calls
    return scene.reason()


def _with_anothers_code(scene: Scene) -> str | None:
    theirs = visit(scene.stranger.goes(BlogPage(site=scene.site)).location)
    mine = scene.departs()
    scene.reader.returns(mine.replace(query_of(mine)["code"], query_of(theirs)["code"]))
    return scene.reason()


STATES = [
    _back("state left out", lambda back: back.replace("state=", "other="), 404),
    _back("state empty", _with_state(lambda _state: ""), 404),
    _back("state unknown", _with_state(lambda _state: "A" * 43), 404),
    _back("state in the other case", _with_state(str.swapcase), 404),
    _back("state with a blank behind it", _with_state(lambda state: state + "%20"), 404),
    _back("state of a NUL", _with_state(lambda _state: "%00"), 404),
    _back("state of broken letters", _with_state(lambda _state: "%ff%ed%a0%80"), 404),
    _back("state that is huge", _with_state(lambda _state: "A" * 60_000), 404),
    _back("state as a list", lambda back: back.replace("state=", "state[]="), 404),
    _back("state given twice", lambda back: back + "&state=other", 422),
    _back("code given twice", lambda back: back + "&code=other", 422),
    _back("error given twice", lambda back: back + "&error=a&error=b", 422),
    _back("nothing at all", lambda back: back.partition("?")[0], 404),
    _back("answer at a provider with a NUL", lambda back: back.replace("/auth/demo/", "/auth/%00/"), 404),
    Attack(
        name="attempt's name as its state",
        do=lambda scene: scene.reader.client.get(f"/auth/demo/callback?code=x&state={scene.blog.attempt}").status_code,
        ends=404,
    ),
    Attack(name="answer that comes again", do=_twice, ends=1),
    Attack(name="answer to the start before the last", do=_the_former_state, ends=404),
    Attack(name="answer at another provider", do=_mixed_up(Scene.another_provider), ends="provider_bad_reply"),
    Attack(name="answer at an unknown provider", do=_mixed_up(lambda _scene: "x"), ends="provider_bad_reply"),
    Attack(name="answer after ten minutes", do=_late, ends="login_expired"),
    Attack(name="answer with the code of another sign-in", do=_with_anothers_code, ends="login_expired"),
]

# --- who answers ------------------------------------------------------------------------------------------------------

SENDERS = [
    _answers("iss of another issuer", "provider_bad_reply", iss="https://evil.example"),
    _answers("iss left out by an issuer that promised it", "provider_bad_reply", iss=None),
    _answers("iss empty", "provider_bad_reply", iss=""),
    _answers("iss of a NUL", "provider_bad_reply", iss="\0"),
    Attack(
        name="iss with a final slash",
        do=lambda scene: scene.fails(answer=changed(iss=f"{scene.issuer.address}/")),
        ends="provider_bad_reply",
    ),
    Attack(
        name="iss in capitals",
        do=lambda scene: scene.fails(answer=changed(iss=scene.issuer.address.upper())),
        ends="provider_bad_reply",
    ),
    _back("iss given twice", lambda back: f"{back}&{urlencode({ISS: 'https://evil.example'})}", 422),
    _back("iss given twice the same", lambda back: f"{back}&{urlencode({ISS: query_of(back)[ISS]})}", 422),
    _answers("denial by another issuer", "provider_bad_reply", iss="https://evil.example", error="access_denied"),
    _answers("neither code nor error", "provider_bad_reply", code=None),
    _answers("code empty", "provider_bad_reply", code=""),
    _answers("error of markup", "provider_bad_reply", error="<script>alert(1)</script>"),
    _answers("error beside a code", "denied", error="access_denied"),
    _answers("ID token in place of a code", "provider_bad_reply", code=None, id_token="a.b.c"),
    _answers("access token in place of a code", "provider_bad_reply", code=None, access_token="at"),
    _answers("sealed answer in place of a code", "provider_bad_reply", code=None, response="a.b.c"),
]

# --- by a form --------------------------------------------------------------------------------------------------------


def _posted(scene: Scene, **changes: str) -> str:
    said = query_of(scene.departs()) | changes
    posted = scene.stranger.client.post("/auth/demo/callback", data=said, headers={"Origin": "https://evil.example"})
    assert posted.status_code == 303, posted.text
    return posted.location


def _form_in_another_browser(scene: Scene) -> int:
    return scene.stranger.returns(_posted(scene)).status_code


def _form_at_another_provider(scene: Scene) -> str | None:
    scene.reader.returns(_posted(scene).replace("/auth/demo/", f"/auth/{scene.another_provider()}/"))
    return scene.reason()


def _form_with_state_beside(scene: Scene) -> int:
    """What is beside the sealed part counts for nothing."""
    sealed = _posted(scene, state="unknown")
    return scene.reader.returns(f"{sealed}&state={query_of(scene.departs())['state']}").status_code


def _post(name: str, ends: int, **said: Any) -> Attack:
    return Attack(
        name=name, do=lambda scene: scene.reader.client.post("/auth/demo/callback", data=said).status_code, ends=ends
    )


def _sealed(name: str, sealed: Callable[[Scene], str]) -> Attack:
    def open_it(scene: Scene) -> int:
        return scene.reader.client.get("/auth/demo/callback", query_string={"sealed": sealed(scene)}).status_code

    return Attack(name=name, do=open_it, ends=422)


def _cut(scene: Scene) -> str:
    return query_of(_posted(scene))["sealed"][:-8]


FORMS = [
    Attack(name="form opened in another browser", do=_form_in_another_browser, ends=403),
    Attack(name="form opened at another provider", do=_form_at_another_provider, ends="provider_bad_reply"),
    Attack(name="form with another state beside it", do=_form_with_state_beside, ends=404),
    _post("form longer than can be right", 422, state="A" * 9000),
    _post("form larger than any", 413, state="A" * 600_000),
    _sealed("form sealed by nobody", lambda _scene: ""),
    _sealed("form sealed with letters", lambda _scene: "x"),
    _sealed("form sealed with zeros", lambda _scene: "A" * 400),
    _sealed("form sealed with what is not ASCII", lambda _scene: "é"),
    _sealed("form whose seal was cut", _cut),
]

ATTACKS = [*BROWSERS, *STATES, *SENDERS, *FORMS]
