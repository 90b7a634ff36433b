"""Attacks with a session's token: at another site, after its end, in another place, in place of another kind."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from moderation.foundation.tokens import digest, new_token
from moderation.identity import personal_key
from moderation.records import Comment, Site
from tests import make
from tests.sign_in import BlogPage
from tests.web.login.attacks.scene import EVIL, Attack, Scene, bearer

BLOG = make.BLOG


def _sent(name: str, ends: Any, headers: Callable[[str], dict[str, str]]) -> Attack:
    """The reader's token is sent in another way."""
    return Attack(name=f"token {name}", do=lambda scene: scene.me(**headers(scene.session())), ends=ends)


def _from(origin: str) -> Attack:
    return _sent(f"from {origin}", 403, lambda token: bearer(token, Origin=origin))


def _in_place(name: str, token: str, ends: int = 401) -> Attack:
    """Something else is sent in its place."""
    return Attack(name=f"token {name}", do=lambda scene: scene.me(**bearer(token)), ends=ends)


def _by(header: str) -> Callable[[str], dict[str, str]]:
    return lambda token: {"Authorization": header.format(token), "Origin": BLOG}


WAYS = [
    *map(_from, (EVIL, "null", "http://blog.example", f"{BLOG}:8443", f"{BLOG}.evil.example")),
    _sent("without a word before it", 401, _by("{}")),
    _sent("by another scheme", 401, _by("Basic {}")),
    _sent("in capitals", 401, lambda token: bearer(token.swapcase())),
    _sent("without its kind", 401, lambda token: bearer(token[3:])),
    _sent("as an edit token", 403, lambda token: bearer("et_" + token[3:])),
    _sent("as a personal key", 403, lambda token: bearer("mk_" + token[3:])),
    _sent("with more behind it", 401, lambda token: bearer(token + "A")),
    _sent("cut short", 401, lambda token: bearer(token[:-1])),
    _sent("twice in one header", 401, _by("Bearer {0}, Bearer {0}")),
    _sent("by its fingerprint", 401, lambda token: bearer("st_" + digest(token).hex())),
    _sent("in a cookie", 401, lambda token: {"Cookie": f"session={token}; token={token}; moderator={token}"}),
    _in_place("left out", ""),
    _in_place("of its kind alone", "st_"),
    _in_place("that is guessed", "st_" + "A" * 43),
    _in_place("of a pattern", "st_%"),
    _in_place("that is huge", "st_" + "A" * 6000),
    _in_place("of other letters", "st_\xe9"),
    _in_place("of an edit token", new_token("et_"), 403),
    _in_place("of a personal key", new_token("mk_"), 403),
]


def _in_the_address(scene: Scene) -> int:
    token = scene.session()
    address = f"/api/v1/me?site={scene.site}&access_token={token}&token={token}"
    return scene.stranger.client.get(address, headers={"Origin": BLOG}).status_code


def _at_another_site(scene: Scene) -> tuple[int, int]:
    """Another site that the same blog embeds: neither read nor written as this person."""
    token, other = scene.session(), scene.another_site()
    return scene.me(site=other, **bearer(token)), _comments(scene, token, site=other)


def _after(*, log_out: bool = False, days: int = 0, used_every: int = 0) -> Callable[[Scene], tuple[int, int]]:
    def use(scene: Scene) -> tuple[int, int]:
        token = scene.session()
        if log_out:
            scene.reader.client.post("/api/v1/logout", headers=bearer(token))
            scene.remember()
        for _ in range(days // used_every if used_every else 0):
            scene.later(days=used_every)
            assert scene.me(**bearer(token)) == 200
        scene.later(days=days % used_every if used_every else days)
        return scene.me(**bearer(token)), _comments(scene, token)

    return use


def _comments(scene: Scene, token: str, *, site: str = "") -> int:
    """Send a comment with a token; what is refused leaves nothing."""
    page = {"key": "/her", "url": f"{BLOG}/her", "title": "Her"}
    sent = {"site": site or scene.site, "page": page, "body": "In another's name."}
    status = scene.stranger.client.post("/api/v1/comments", json=sent, headers=bearer(token)).status_code
    with scene.house.database.reading() as db:
        here = select(func.count()).select_from(Comment).join(Site, Site.id == Comment.site_id)
        assert db.scalar(here.where(Site.key.in_([sent["site"], scene.site]))) == (status == 201)
    return status


def _code_in_place(scene: Scene) -> tuple[int, int]:
    code = scene.code()
    return scene.me(**bearer(code)), scene.me(**bearer(f"st_{code}"))


def _at_the_moderators_calls(scene: Scene) -> tuple[int, ...]:
    token, client = bearer(scene.session()), scene.stranger.client
    decide = {"comments": ["c_0000000000000000000000"], "status": "approved"}
    return (
        client.get(f"/api/v1/queue?site={scene.site}", headers=token).status_code,
        client.post("/api/v1/decisions", json=decide, headers=token).status_code,
        client.post("/api/v1/decisions/d_0000000000000000000000/undo", headers=token).status_code,
    )


def _at_the_dashboard(scene: Scene) -> set[str]:
    """It opens none of the dashboard's doors, in whatever place it is sent."""
    token = scene.session()
    with scene.house.database.transaction() as db:
        site = db.scalars(select(Site).where(Site.key == scene.site)).one()
        make.moderator(db, site, password="x")
    client = scene.stranger.client
    for name in ("moderator", "__Host-moderator", "form"):
        client.set_cookie(name, token)
    answers = [client.get(path, headers=bearer(token)) for path in ("/dashboard/", "/dashboard/account")]
    return {answer.headers["Location"].partition("?")[0] for answer in answers}


def _moderators_key(scene: Scene) -> tuple[int, int]:
    with scene.house.database.transaction() as db:
        site = db.scalars(select(Site).where(Site.key == scene.site)).one()
        key = personal_key.issue(db, make.moderator(db, site), "A program", now=scene.house.now())
    return scene.me(**bearer(key)), _comments(scene, key)


def _anothers_comment(scene: Scene) -> tuple[int, ...]:
    """A comment of somebody else on the same site is neither seen nor changed nor withdrawn."""
    with scene.house.database.transaction() as db:
        site = db.scalars(select(Site).where(Site.key == scene.site)).one()
        comment = make.comment(db, make.page(db, site), make.person(db, site)).id
    token, client = bearer(scene.session()), scene.stranger.client
    answers = (
        client.get(f"/api/v1/comments/{comment}", headers=token),
        client.patch(f"/api/v1/comments/{comment}", json={"body": "Changed."}, headers=token),
        client.delete(f"/api/v1/comments/{comment}", headers=token),
    )
    return tuple(answer.status_code for answer in answers)


def _read_elsewhere(scene: Scene) -> str | None:
    address = f"/api/v1/me?site={scene.site}"
    answer = scene.stranger.client.get(address, headers=bearer(scene.session(), Origin=EVIL))
    return answer.headers.get("Access-Control-Allow-Origin")


USES = [
    Attack(name="token in the address", do=_in_the_address, ends=401),
    Attack(name="token at another site of the blog", do=_at_another_site, ends=(403, 403)),
    Attack(name="token after the log-out", do=_after(log_out=True), ends=(401, 401)),
    Attack(name="token after thirty idle days", do=_after(days=30), ends=(401, 401)),
    Attack(name="token after half a year of use", do=_after(days=180, used_every=25), ends=(401, 401)),
    Attack(name="one-time code in place of a token", do=_code_in_place, ends=(401, 401)),
    Attack(name="token at a moderator's calls", do=_at_the_moderators_calls, ends=(403, 403, 403)),
    Attack(name="token at the dashboard", do=_at_the_dashboard, ends={"/dashboard/sign-in"}),
    Attack(name="moderator's key in place of a token", do=_moderators_key, ends=(403, 403)),
    Attack(name="token at somebody else's comment", do=_anothers_comment, ends=(404, 404, 404)),
    Attack(name="token read by a page elsewhere", do=_read_elsewhere, ends=None),
]

# --- logging out ------------------------------------------------------------------------------------------------------


def _log_out(name: str, ends: int, headers: Callable[[str], dict[str, str]], *, method: str = "POST") -> Attack:
    """Somebody tries to end the reader's session; it must live on."""

    def do(scene: Scene) -> int:
        token = scene.session()
        answer = scene.stranger.client.open("/api/v1/logout", method=method, headers=headers(token))
        assert scene.me(**bearer(token)) == 200
        return answer.status_code

    return Attack(name=f"log-out {name}", do=do, ends=ends)


def _by_another_reader(scene: Scene) -> tuple[int, int, int]:
    """Logging out ends one's own session only, though both are the same person."""
    token, mine = scene.session(), BlogPage(site=scene.site)
    scene.stranger.signs_in(mine)
    made = mine.exchanges(scene.stranger.client, scene.stranger.asks_for_code(mine.attempt).json["code"])
    own = made.json["access_token"]
    out = scene.stranger.client.post("/api/v1/logout", headers=bearer(own)).status_code
    return out, scene.me(**bearer(own)), scene.me(**bearer(token))


LOG_OUTS = [
    _log_out("without a token", 401, lambda _token: {}),
    _log_out("by a cookie", 401, lambda token: {"Cookie": f"session={token}; moderator={token}"}),
    _log_out("by the token's fingerprint", 204, lambda token: bearer("st_" + digest(token).hex())),
    _log_out("by a guessed token", 204, lambda _token: bearer("st_" + "A" * 43)),
    _log_out("by a personal key", 403, lambda token: bearer("mk_" + token[3:])),
    _log_out("by an edit token", 403, lambda token: bearer("et_" + token[3:])),
    _log_out("by a link", 405, bearer, method="GET"),
    Attack(name="log-out of another session of the same person", do=_by_another_reader, ends=(204, 401, 200)),
]

ATTACKS = [*WAYS, *USES, *LOG_OUTS]
