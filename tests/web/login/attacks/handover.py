"""Attacks on the hand-over: who gets the one-time code."""

from collections.abc import Callable

from tests import make
from tests.sign_in import SERVICE
from tests.web.login.attacks.scene import EVIL, Attack, Scene

BLOG = make.BLOG


def _asked_from(origin: str | None) -> Callable[[Scene], int]:
    def ask(scene: Scene) -> int:
        scene.reader.signs_in(scene.blog)
        scene.remember()
        return scene.reader.asks_for_code(scene.blog.attempt, origin=origin).status_code

    return ask


def _asked_in_another_browser(cookie: str | None) -> Callable[[Scene], int]:
    def ask(scene: Scene) -> int:
        scene.reader.signs_in(scene.blog)
        scene.remember()
        if cookie is not None:
            scene.stranger.client.set_cookie(f"attempt-{scene.blog.attempt}", cookie)
        return scene.stranger.asks_for_code(scene.blog.attempt).status_code

    return ask


def _asked_before_the_answer(scene: Scene) -> int:
    scene.departs()
    return scene.reader.asks_for_code(scene.blog.attempt).status_code


def _asked_late(scene: Scene) -> str:
    scene.reader.signs_in(scene.blog)
    scene.remember()
    scene.later(minutes=10)
    return scene.reader.asks_for_code(scene.blog.attempt).json["error"]


def _asked_after_it_was_used(scene: Scene) -> int:
    scene.session()
    return scene.reader.asks_for_code(scene.blog.attempt).status_code


def _asked_by_get(scene: Scene) -> bool:
    """The page holds no code, and looking at it makes none."""
    code = scene.code()
    page = scene.reader.client.get(f"/login/done/{scene.blog.attempt}").text
    return code in page


ATTACKS = [
    *(
        Attack(name=f"code asked for from {origin}", do=_asked_from(origin), ends=403)
        for origin in (
            None,
            "null",
            BLOG,
            EVIL,
            f"{SERVICE}/",
            SERVICE.upper(),
            SERVICE.replace("http", "https"),
            SERVICE.replace("8000", "8001"),
            "http://localhost",
            f"{SERVICE}.evil.example",
            f"http://127.0.0.1:{SERVICE.rpartition(':')[2]}",
        )
    ),
    Attack(name="code asked for without the cookie", do=_asked_in_another_browser(None), ends=403),
    Attack(name="code asked for with a guessed cookie", do=_asked_in_another_browser("A" * 43), ends=403),
    Attack(name="code asked for with an empty cookie", do=_asked_in_another_browser(""), ends=403),
    Attack(
        name="code of an unknown attempt asked for",
        do=lambda scene: scene.reader.asks_for_code("A" * 22).status_code,
        ends=404,
    ),
    Attack(name="code asked for before the provider answered", do=_asked_before_the_answer, ends=409),
    Attack(name="code asked for after ten minutes", do=_asked_late, ends="login_expired"),
    Attack(name="code asked for after one was used", do=_asked_after_it_was_used, ends=409),
    Attack(name="code looked for on the page", do=_asked_by_get, ends=False),
]
