"""Attacks by what an issuer answers to us: for the code, about the user, with its keys, about itself."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Response

from tests.web.login.attacks.scene import INSIDE, ISSUER_ON_HTTPS, Attack, Scene, changed

BAD, WRONG, DOWN, QUOTA = "provider_bad_reply", "provider_misconfigured", "provider_down", "provider_quota"
HUGE = b'{"access_token": "at", "id_token": "' + b"a" * 300_000 + b'"}'
Said = Callable[[Any], Any]


def plain(text: str | bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Said:
    """Answer this, whatever was to be said."""
    return lambda _said: Response(text, status, {k.replace("_", "-"): v for k, v in headers.items()}, content_type=kind)


def elsewhere(status: int) -> Said:
    """Say the right thing, but send us on, to where nobody from outside could go."""
    headers = {"Location": "http://169.254.169.254/latest/meta-data/"}
    return lambda said: Response(json.dumps(said), status, headers, content_type="application/json")


def slow(_said: Any) -> Response:
    """Answer a letter a second, for ever."""

    def letters() -> Iterator[bytes]:
        for _ in range(60):
            yield b" "
            time.sleep(1)

    return Response(letters(), content_type="application/json")


ODD_ANSWERS: dict[str, tuple[Said, str]] = {
    "an HTML page": (plain("<html>", kind="text/html"), BAD),
    "nothing": (plain(""), BAD),
    "a text": (plain('"at"'), BAD),
    "a list": (plain("[1]"), BAD),
    "null": (plain("null"), BAD),
    "a number that is none": (plain('{"access_token": NaN, "sub": NaN, "keys": NaN, "issuer": NaN}'), BAD),
    "something too deep": (plain("[" * 100_000), BAD),
    "something huge": (plain(HUGE), DOWN),
    "something packed": (plain(b"\x1f\x8b\x08\x00", Content_Encoding="gzip"), DOWN),
    "a redirect": (elsewhere(302), BAD),
    "a redirect that keeps the method": (elsewhere(307), BAD),
}


def _answers(to: str, what: str) -> list[Attack]:
    """Every odd answer to one of our calls."""
    only_when_asked = {"claims": changed(name=None)} if to == "userinfo" else {}

    def attack(name: str, said: Said, reason: str) -> Attack:
        return Attack(
            name=f"{what}: {name}", do=lambda scene: scene.fails(**{to: said}, **only_when_asked), ends=reason
        )

    return [attack(name, said, reason) for name, (said, reason) in ODD_ANSWERS.items()]


def _token(name: str, said: Said, reason: str = BAD) -> Attack:
    return Attack(name=f"token: {name}", do=lambda scene: scene.fails(token=said), ends=reason)


def _in_time(scene: Scene) -> str | None:
    began = time.monotonic()
    reason = scene.fails(token=slow)
    assert time.monotonic() - began < 12
    return reason


TOKENS = [
    *_answers("token", "token"),
    _token("an empty object", lambda _said: {}),
    _token("an error with 200", lambda _said: {"error": "access_denied"}, "denied"),
    _token("an error that is a thing, with 200", lambda _said: {"error": {"code": 1}}),
    _token("an error beside a token", lambda said: said | {"error": "access_denied"}, "denied"),
    _token("no access token", changed(access_token=None)),
    _token("an empty access token", changed(access_token="")),
    _token("an access token that is a number", changed(access_token=7)),
    _token("an access token that is a list", changed(access_token=["at"])),
    _token("no ID token", changed(id_token=None)),
    _token("an ID token that is a thing", changed(id_token={"sub": "alice"})),
    _token("an ID token that is a list", changed(id_token=["a.b.c"])),
    _token("an ID token that is true", changed(id_token=True)),
    Attack(name="token: a letter a second", do=_in_time, ends=DOWN),
]


def _user(name: str, said: Said, reason: str = BAD) -> Attack:
    return Attack(
        name=f"user: {name}", do=lambda scene: scene.fails(claims=changed(name=None), userinfo=said), ends=reason
    )


USERS = [
    *_answers("userinfo", "user"),
    _user("somebody else", changed(sub="bob")),
    _user("nobody", changed(sub=None)),
    _user("an empty subject", changed(sub="")),
    _user("a list of subjects", changed(sub=["alice"])),
    _user("the subject in capitals", changed(sub="ALICE")),
    _user("a signed answer", plain("a.b.c", kind="application/jwt")),
    _user("a refusal", plain("{}", 403)),
]

KEYS = [
    *_answers("keys", "keys"),
    Attack(name="keys: none", do=lambda scene: scene.fails(keys=lambda _said: {"keys": []}), ends=BAD),
    Attack(name="keys: one word", do=lambda scene: scene.fails(keys=lambda _said: {"keys": "all"}), ends=BAD),
    Attack(name="keys: not there", do=lambda scene: scene.fails(keys=plain("{}", 404)), ends=WRONG),
]

# --- what it says about itself ----------------------------------------------------------------------------------------


def _itself(name: str, said: Said, reason: str = WRONG) -> Attack:
    def do(scene: Scene) -> str | None:
        found = scene.fails(discovery=said)
        assert set(scene.issuer.calls) == {"/.well-known/openid-configuration"}
        return found

    return Attack(name=f"discovery: {name}", do=do, ends=reason)


def _inside(endpoint: str, address: str) -> Attack:
    """An endpoint in somebody's own network; the reader may be sent off, but we do not call it."""
    only_when_asked = {"claims": changed(name=None)} if endpoint == "userinfo_endpoint" else {}
    return Attack(
        name=f"discovery: {endpoint} at {address}",
        do=lambda scene: scene.fails(discovery=changed(**{endpoint: address}), **only_when_asked),
        ends=WRONG,
    )


def _over_http(endpoint: str) -> Attack:
    """An issuer on https that names one of its endpoints without encryption."""

    def do(scene: Scene) -> str | None:
        scene.configure(issuer=ISSUER_ON_HTTPS)
        return scene.fails(
            discovery=lambda said: on_https(said) | {endpoint: f"{ISSUER_ON_HTTPS}/x".replace("s:", ":")}
        )

    return Attack(name=f"discovery: {endpoint} without encryption", do=do, ends=WRONG)


def on_https(said: dict[str, Any]) -> dict[str, Any]:
    """Return what the issuer says about itself, as if it were on https."""
    plainly = said["issuer"]
    return {
        name: value.replace(plainly, ISSUER_ON_HTTPS) if isinstance(value, str) else value
        for name, value in said.items()
    }


def _called(name: str, issuer: str) -> Attack:
    def do(scene: Scene) -> str | None:
        scene.configure(issuer=issuer)
        reason = scene.fails()
        assert scene.issuer.calls == []
        return reason

    return Attack(name=f"issuer {name}", do=do, ends=WRONG)


DISCOVERY = [
    *_answers("discovery", "discovery"),
    _itself("another issuer", changed(issuer="https://evil.example")),
    _itself("no issuer", changed(issuer=None)),
    _itself("a list of issuers", lambda said: said | {"issuer": [said["issuer"]]}),
    _itself("nearly the issuer", lambda said: said | {"issuer": said["issuer"] + "/"}),
    _itself("not there", plain("{}", 404)),
    _itself("no way in", changed(authorization_endpoint=None)),
    _itself("a way in that is a script", changed(authorization_endpoint="javascript:alert(1)")),
    _itself("a way in that is data", changed(authorization_endpoint="data:text/html,x")),
    _itself("a way in with a line break", changed(authorization_endpoint="http://a.example/\r\nSet-Cookie: a=b")),
    _itself("a way in with a blank", changed(authorization_endpoint="http://a.example/ x")),
    _itself("a token endpoint that is a number", changed(token_endpoint=7)),
    _itself("a token endpoint that is a file", changed(token_endpoint="file:///etc/passwd")),
    _itself("no keys", changed(jwks_uri=None)),
    _itself("keys that are data", changed(jwks_uri='data:application/json,{"keys":[]}')),
    _itself("a user's information that is null", lambda said: said | {"userinfo_endpoint": None}),
    *(
        _inside(endpoint, address)
        for endpoint, address in (
            ("token_endpoint", "http://10.0.0.1/token"),
            ("token_endpoint", "http://169.254.169.254/latest/meta-data/"),
            ("token_endpoint", "http://127.0.0.1/"),
            ("token_endpoint", "http://[::1]/"),
            ("token_endpoint", "http://[::ffff:127.0.0.1]/"),
            ("token_endpoint", "http://2130706433/"),
            ("token_endpoint", "http://0x7f.1/"),
            ("token_endpoint", "http://user@8.8.8.8/"),
            ("token_endpoint", "http://8.8.8.8:22/"),
            *(("jwks_uri", f"https://{name}/keys") for name in INSIDE),
            ("userinfo_endpoint", "http://192.168.1.1/userinfo"),
        )
    ),
    *map(_over_http, ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")),
    _called("that is a file", "file:///etc/passwd"),
    _called("that is a word", "issuer"),
    _called("in somebody's own network", "https://10.0.0.1"),
    _called("whose name leads into somebody's own network", "https://inside.example"),
    _called("with a name and password", "https://a:b@issuer.example"),
]

ATTACKS = [*TOKENS, *USERS, *KEYS, *DISCOVERY]
