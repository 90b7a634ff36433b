"""Attacks on the start: what a link to the service may name, and who may have sent the reader."""

from collections.abc import Callable, Iterator
from typing import Any

from moderation.foundation.tokens import s256
from tests import make
from tests.sign_in import BlogPage
from tests.web.login.attacks.scene import ASKED, EVIL, Attack, Scene, fields_of

BLOG = make.BLOG
HUGE = "a" * 60_000


def _begins(name: str, ends: int | str, **changes: Any) -> Attack:
    return Attack(name=name, do=lambda scene: scene.begins(**changes), ends=ends)


def _origin(name: str, origin: str, page: str | None = None) -> Attack:
    return _begins(f"origin {name}", 403, origin=origin, page=page or f"{origin}/her")


ORIGINS = [
    _origin("that nobody registered", EVIL),
    _origin("that begins like the blog's", f"{BLOG}.evil.example"),
    _origin("that ends like the blog's", "https://evil-blog.example"),
    _origin("that is below the blog's", "https://www.blog.example"),
    _origin("that is above the blog's", "https://example"),
    _origin("with a letter that looks the same", "https://bl\u043eg.example"),
    _origin("with that letter in ASCII form", "https://xn--blg-emc.example"),
    _origin("in full-width letters", "https://ｂｌｏｇ.example"),
    _origin("in capitals", "https://BLOG.EXAMPLE", f"{BLOG}/her"),
    _origin("with a final slash", f"{BLOG}/", f"{BLOG}/her"),
    _origin("with a final dot", f"{BLOG}.", f"{BLOG}/her"),
    _origin("with its port spelled out", f"{BLOG}:443", f"{BLOG}/her"),
    _origin("on another port", f"{BLOG}:8443"),
    _origin("without encryption", "http://blog.example"),
    _origin("as the name of a user", f"{BLOG}@evil.example"),
    _origin("as name and password", f"{BLOG}:443@evil.example"),
    _origin("behind a fragment", f"{EVIL}#@blog.example"),
    _origin("behind a query", f"{EVIL}?{BLOG}"),
    _origin("behind a backslash", f"{EVIL}\\@blog.example"),
    _origin("of a sandboxed page", "null"),
    _origin("that is empty", "", f"{BLOG}/her"),
    _origin("that is a star", "*", f"{BLOG}/her"),
    _origin("that is a script", "javascript:alert(1)//"),
    _origin("that is a file", "file://"),
    _origin("with a NUL", f"{BLOG}\0"),
    _origin("with a line break before it", f"\r\n{BLOG}", f"{BLOG}/her"),
    _origin("that is huge", f"https://{HUGE}.example"),
    Attack(
        name="origin of another blog of this installation",
        do=lambda scene: scene.begins(site=scene.another_site(origins=("https://other.example",))),
        ends=403,
    ),
    _begins("origin left out", 422, origin=None),
    _begins("origin given twice, the second right", 422, origin=[EVIL, BLOG]),
    _begins("origin given twice, the first right", 422, origin=[BLOG, EVIL]),
    _begins("origin as a list", 422, **{"origin": None, "origin[]": BLOG}),
]

PAGES = [
    _begins(f"page {name}", 422, page=page)
    for name, page in {
        "on another origin": f"{EVIL}/her",
        "whose host begins like the blog's": f"{BLOG}.evil.example/her",
        "with the blog as its user": f"{BLOG}@evil.example/her",
        "with the blog as user and password": f"{BLOG}:x@evil.example/her",
        "with the blog behind a backslash": f"{EVIL}\\@blog.example/her",
        "with a backslash behind the blog": f"{BLOG}\\@evil.example/her",
        "on another port": f"{BLOG}:8443/her",
        "on a port that is none": f"{BLOG}:99999/her",
        "without encryption": "http://blog.example/her",
        "without a scheme": "//blog.example/her",
        "without slashes": "https:blog.example/her",
        "with three slashes": "https:///blog.example/her",
        "without an origin": "/her",
        "with a tab in its host": "https://blog.exa\tmple/her",
        "with a line break and a header": f"{BLOG}/her\r\nSet-Cookie: a=b",
        "with a NUL": f"{BLOG}/her\0",
        "that is a script": "javascript:alert(1)",
        "that is data": "data:text/html,<script>alert(1)</script>",
        "that is huge": f"{BLOG}/{HUGE}",
        "that is empty": "",
        "left out": None,
        "given twice": [f"{BLOG}/her", f"{EVIL}/"],
    }.items()
]


def _odd(field: str, length: int) -> Iterator[Attack]:
    plain = "a" * length
    odd: dict[str, Any] = {
        "left out": None,
        "empty": "",
        "a character short": plain[1:],
        "a character long": plain + "a",
        "padded": plain[1:] + "=",
        "in plain base64": plain[2:] + "+/",
        "with a line break at its end": plain + "\n",
        "with a NUL": plain[1:] + "\0",
        "of digits that are not ASCII": "\u0661" * length,
        "that leads to another folder": ("../" * length)[:length],
        "that is a query of a database": ("' OR 1=1 --" + plain)[:length],
        "given twice": [plain, plain],
        "huge": HUGE,
    }
    for name, value in odd.items():
        yield _begins(f"{field} {name}", 422, **{field: value})


CHALLENGES = [*_odd("challenge", 43), *_odd("attempt", 22)]


def _switched_off(scene: Scene) -> int | str:
    scene.switch_off()
    return scene.begins()


SITES = [
    _begins("site that is unknown", 404, site="unknown"),
    _begins("site that is empty", 404, site=""),
    _begins("site with a NUL", 404, site="\0"),
    _begins("site that is huge", 404, site=HUGE),
    _begins("site that is a pattern", 404, site="%"),
    _begins("site left out", 422, site=None),
    _begins("site given twice", 422, site=["a", "b"]),
    _begins("provider that is unknown", 404, provider="unknown"),
    _begins("provider by its kind", 404, provider="openid"),
    _begins("provider with a NUL", 404, provider="demo%00"),
    _begins("provider in capitals", 404, provider="DEMO"),
    _begins("provider above this folder", 404, provider="%2e%2e%2fdemo"),
    _begins("provider that is huge", 404, provider=HUGE),
    Attack(name="provider that was switched off", do=_switched_off, ends=404),
]

# A stranger's page cannot make a reader sign in by a link alone: that reader is asked.
REFERRERS = [
    _begins(f"reader sent by {name}", ASKED, referrer=referrer)
    for name, referrer in {
        "nobody": "",
        "a stranger": f"{EVIL}/",
        "a host that begins like the blog's": f"{BLOG}.evil.example/",
        "a host with the blog as its user": f"{BLOG}@evil.example/",
        "a path with the blog in it": f"{EVIL}/{BLOG}/",
        "the blog without encryption": "http://blog.example/",
        "the blog on another port": f"{BLOG}:8443/",
        "an address that cannot be read": "https://[blog.example/",
    }.items()
]


def _press(change: Callable[[dict[str, str]], dict[str, str]], *, elsewhere: bool = False) -> Callable[[Scene], Any]:
    def press(scene: Scene) -> Any:
        fields = fields_of(scene.reader.goes(scene.blog, referrer="").text)
        browser = scene.stranger if elsewhere else scene.reader
        return scene.nothing_began(browser.client.post("/login/confirm", data=change(fields)))

    return press


PRESSES = [
    Attack(name="press of the button without its token", do=_press(lambda form: form | {"csrf_token": ""}), ends=403),
    Attack(name="press with a made-up token", do=_press(lambda form: form | {"csrf_token": "x"}), ends=403),
    Attack(name="press with the token of another browser", do=_press(dict, elsewhere=True), ends=403),
    Attack(name="press for another origin", do=_press(lambda form: form | {"origin": EVIL}), ends=403),
    Attack(name="press for another page", do=_press(lambda form: form | {"page": f"{EVIL}/"}), ends=422),
    Attack(name="press for another challenge's shape", do=_press(lambda form: form | {"challenge": "x"}), ends=422),
    Attack(name="press for an unknown provider", do=_press(lambda form: form | {"provider": "x"}), ends=404),
]


def _known_attempt(scene: Scene) -> int:
    scene.reader.goes(scene.blog)
    return scene.stranger.goes(scene.blog).status_code


def _planted_cookie(scene: Scene) -> tuple[int, int]:
    scene.reader.client.set_cookie(f"attempt-{scene.blog.attempt}", "known-to-the-stranger")
    there = scene.reader.goes(scene.blog)
    return there.status_code, scene.reader.client.get(there.location).status_code


def _another_challenge(scene: Scene) -> int:
    """Whoever can make the reader's browser ask again may not get the code for a verifier of their own."""
    scene.reader.goes(scene.blog)
    mine = BlogPage(site=scene.site, attempt=scene.blog.attempt)
    assert s256(mine.verifier) != s256(scene.blog.verifier)
    again = scene.reader.goes(mine)
    assert again.location == f"/login/done/{mine.attempt}"
    scene.reader.signs_in(scene.blog)
    code = scene.reader.asks_for_code(mine.attempt).json["code"]
    scene.remember()
    return mine.exchanges(scene.stranger.client, code).status_code


ATTEMPTS = [
    Attack(name="attempt that another browser began", do=_known_attempt, ends=409),
    Attack(name="attempt whose cookie was planted before", do=_planted_cookie, ends=(303, 404)),
    Attack(name="attempt asked for again with another challenge", do=_another_challenge, ends=422),
]

ATTACKS = [*ORIGINS, *PAGES, *CHALLENGES, *SITES, *REFERRERS, *PRESSES, *ATTEMPTS]
