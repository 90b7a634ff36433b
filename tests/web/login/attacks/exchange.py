"""Attacks on the exchange: who can make a session of the one-time code."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moderation.foundation.tokens import s256
from tests import make
from tests.sign_in import SERVICE, BlogPage, query_of
from tests.web.login.attacks.scene import EVIL, Attack, Scene, bearer

BLOG = make.BLOG


def _exchanged(name: str, ends: int = 422, *, origin: str = BLOG, headers: Any = None, **changes: Any) -> Attack:
    """A stranger who has the code sends it with something wrong; None leaves a field out."""

    def do(scene: Scene) -> int:
        right = {"code": scene.code(), "code_verifier": scene.blog.verifier, "attempt": scene.blog.attempt}
        sent = {name: value for name, value in (right | {"site": scene.site} | changes).items() if value is not None}
        made = scene.stranger.client.post("/api/v1/token", json=sent, headers={"Origin": origin} | (headers or {}))
        return made.status_code

    return Attack(name=f"exchange {name}", do=do, ends=ends)


def _from(origin: str) -> Attack:
    return _exchanged(f"from {origin}", origin=origin)


def _without_origin(scene: Scene) -> int:
    sent = {"code": scene.code(), "code_verifier": scene.blog.verifier, "attempt": scene.blog.attempt}
    return scene.stranger.client.post("/api/v1/token", json=sent | {"site": scene.site}).status_code


def _raw(name: str, ends: int, body: Callable[[str], str], kind: str = "application/json") -> Attack:
    def do(scene: Scene) -> int:
        sent = body(
            f'"code": "{scene.code()}", "code_verifier": "{scene.blog.verifier}", '
            f'"attempt": "{scene.blog.attempt}", "site": "{scene.site}"'
        )
        headers = {"Origin": BLOG, "Content-Type": kind}
        return scene.stranger.client.post("/api/v1/token", data=sent, headers=headers).status_code

    return Attack(name=f"exchange {name}", do=do, ends=ends)


EXCHANGED = [
    *map(_from, (EVIL, "null", "http://blog.example", f"{BLOG}:8443", f"{BLOG}/", f"{BLOG}.evil.example", SERVICE)),
    Attack(name="exchange without an origin", do=_without_origin, ends=422),
    _exchanged("of a guessed code", code="A" * 43),
    _exchanged("of an empty code", code=""),
    _exchanged("of a huge code", code="A" * 60_000),
    _exchanged("of a code with a NUL", code="\0"),
    _exchanged("of a code of half a letter", code="\ud800"),
    _exchanged("of a list of codes", code=["A" * 43]),
    _exchanged("of true", code=True),
    _exchanged("of a thing that asks the database", code={"$ne": ""}),
    _exchanged("without a code", code=None),
    _exchanged("without a verifier", code_verifier=None),
    _exchanged("with a guessed verifier", code_verifier="A" * 43),
    _exchanged("with a short verifier", code_verifier="A" * 42),
    _exchanged("with a long verifier", code_verifier="A" * 129),
    _exchanged("with a verifier that is a list", code_verifier=["A" * 43]),
    _exchanged("without an attempt", attempt=None),
    _exchanged("for an unknown attempt", attempt="A" * 22),
    _exchanged("for an attempt with a NUL", attempt="A" * 21 + "\0"),
    _exchanged("without a site", site=None),
    _exchanged("for an unknown site", 404, site="unknown"),
    _exchanged("with a field that nobody asked for", grant_type="authorization_code"),
    _raw("that is no JSON", 400, lambda inside: inside),
    _raw("that is a list", 400, lambda inside: f"[{{{inside}}}]"),
    _raw("with the code twice", 422, lambda inside: f'{{{inside}, "code": "x"}}'),
    _raw("as a form", 415, lambda inside: inside, "application/x-www-form-urlencoded"),
    _raw("as plain text, which needs no leave", 415, lambda inside: f"{{{inside}}}", "text/plain"),
    _raw("larger than any", 413, lambda inside: f"{{{inside}}}{' ' * 140_000}"),
]


def _verifier_is_the_challenge(scene: Scene) -> int:
    """As if PKCE's plain method were known here."""
    challenge = s256(scene.blog.verifier)
    return scene.blog.exchanges(scene.stranger.client, scene.code(), code_verifier=challenge).status_code


def _then_the_right_verifier(scene: Scene) -> tuple[int, int]:
    code = scene.code()
    wrong = scene.blog.exchanges(scene.stranger.client, code, code_verifier="x" * 43)
    return wrong.status_code, scene.blog.exchanges(scene.stranger.client, code).status_code


def _at_another_site(scene: Scene) -> int:
    """Another site that the same blog embeds."""
    return scene.blog.exchanges(scene.stranger.client, scene.code(), site=scene.another_site()).status_code


def _of_another_attempt(scene: Scene) -> int:
    code, mine = scene.code(), BlogPage(site=scene.site)
    scene.stranger.signs_in(mine)
    scene.stranger.asks_for_code(mine.attempt)
    return mine.exchanges(scene.stranger.client, code).status_code


def _verifier_of_another_attempt(scene: Scene) -> int:
    code, mine = scene.code(), BlogPage(site=scene.site)
    return scene.blog.exchanges(scene.stranger.client, code, code_verifier=mine.verifier).status_code


def _providers_code(scene: Scene) -> int:
    back = scene.departs()
    scene.reader.returns(back)
    scene.remember()
    return scene.blog.exchanges(scene.stranger.client, query_of(back)["code"]).status_code


def _before_it_was_made(scene: Scene) -> int:
    scene.reader.signs_in(scene.blog)
    scene.remember()
    return scene.blog.exchanges(scene.stranger.client, "").status_code


def _replaced(scene: Scene) -> int:
    first = scene.code()
    scene.reader.asks_for_code(scene.blog.attempt)
    return scene.blog.exchanges(scene.stranger.client, first).status_code


def _late(scene: Scene) -> int:
    code = scene.code()
    scene.later(seconds=60)
    return scene.blog.exchanges(scene.stranger.client, code).status_code


def _replayed_late(scene: Scene) -> tuple[int, int]:
    code = scene.code()
    token = scene.blog.exchanges(scene.reader.client, code).json["access_token"]
    scene.remember()
    scene.later(seconds=61)
    again = scene.blog.exchanges(scene.stranger.client, code).status_code
    return again, scene.me(**bearer(token))


def _replayed_with_a_wrong_verifier(scene: Scene) -> tuple[int, int]:
    """Somebody else has the code: the session that was made of it is not to be trusted either."""
    code = scene.code()
    token = scene.blog.exchanges(scene.reader.client, code).json["access_token"]
    scene.remember()
    again = scene.blog.exchanges(scene.stranger.client, code, code_verifier="x" * 43).status_code
    return again, scene.me(**bearer(token))


def _at_once(scene: Scene) -> int:
    """However often it is exchanged at once, one session lives."""
    code = scene.code()
    with ThreadPoolExecutor(4) as tabs:
        list(tabs.map(lambda _tab: scene.blog.exchanges(scene.browser().client, code), range(4)))
    living = len(scene.gained())
    scene.remember()
    return living


def _by_get(scene: Scene) -> int:
    return scene.stranger.client.get("/api/v1/token", query_string={"code": scene.code()}).status_code


def _read_elsewhere(scene: Scene) -> str | None:
    """A page elsewhere could not read an answer even if there were one."""
    answer = scene.blog.exchanges(scene.stranger.client, scene.code(), origin=EVIL)
    return answer.headers.get("Access-Control-Allow-Origin")


def _preflight(scene: Scene) -> str | None:
    headers = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    answer = scene.stranger.client.options("/api/v1/token", headers=headers)
    return answer.headers.get("Access-Control-Allow-Origin")


REPLAYED = [
    Attack(name="exchange with the challenge for a verifier", do=_verifier_is_the_challenge, ends=422),
    Attack(name="exchange with a wrong verifier, then the right one", do=_then_the_right_verifier, ends=(422, 422)),
    Attack(name="exchange at another site of the blog", do=_at_another_site, ends=422),
    Attack(name="exchange of another attempt's code", do=_of_another_attempt, ends=422),
    Attack(name="exchange with another attempt's verifier", do=_verifier_of_another_attempt, ends=422),
    Attack(name="exchange of the provider's code", do=_providers_code, ends=422),
    Attack(name="exchange before there is a code", do=_before_it_was_made, ends=422),
    Attack(name="exchange of a code that another replaced", do=_replaced, ends=422),
    Attack(name="exchange after sixty seconds", do=_late, ends=422),
    Attack(name="exchange again after sixty seconds", do=_replayed_late, ends=(422, 200)),
    Attack(name="exchange again with a wrong verifier", do=_replayed_with_a_wrong_verifier, ends=(422, 401)),
    Attack(name="exchange four times at once", do=_at_once, ends=1),
    Attack(name="exchange by an address", do=_by_get, ends=405),
    Attack(name="exchange read by a page elsewhere", do=_read_elsewhere, ends=None),
    Attack(name="leave to exchange, asked for by a page elsewhere", do=_preflight, ends=None),
]

ATTACKS = [*EXCHANGED, *REPLAYED]
