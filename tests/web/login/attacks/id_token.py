"""Attacks by the ID token: forged, made for somebody else, or saying something impossible."""

import json
from typing import Any

from joserfc import jwt

from tests.lying_issuer import CLIENT_ID, KEY
from tests.sign_in import CLIENT_SECRET, BlogPage
from tests.web.login.attacks import forgery
from tests.web.login.attacks.forgery import Sign, by_hand, by_stranger, honestly, rightly
from tests.web.login.attacks.scene import Attack, Scene, changed

BAD = "provider_bad_reply"


def _signed(name: str, sign: Sign, **lies: Any) -> Attack:
    return Attack(name=f"ID token {name}", do=lambda scene: scene.fails(sign=sign, **lies), ends=BAD)


def _says(name: str, **claims: Any) -> Attack:
    return Attack(name=f"ID token {name}", do=lambda scene: scene.fails(claims=changed(**claims)), ends=BAD)


def _null(name: str) -> Attack:
    return Attack(
        name=f"ID token with null for its {name}",
        do=lambda scene: scene.fails(claims=lambda claims: claims | {name: None}),
        ends=BAD,
    )


def _publishes(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": lambda published: {"keys": [*published["keys"], *keys]}}


def _lists(*algorithms: str) -> dict[str, Any]:
    return {"discovery": changed(id_token_signing_alg_values_supported=list(algorithms))}


def _calls_only_its_own_keys(header: dict[str, Any]) -> Attack:
    """A key that the token itself names is never fetched."""
    name = next(iter(header))

    def do(scene: Scene) -> str | None:
        there = {name: f"{scene.issuer.address}/evil"} if name.endswith("u") else header
        reason = scene.fails(sign=by_stranger(**there))
        assert "/evil" not in scene.issuer.calls
        return reason

    return Attack(name=f"ID token that brings its key by {name}", do=do, ends=BAD)


def _unknown_keys(scene: Scene) -> list[tuple[str | None, int]]:
    """Each makes us look at the published keys once more, but not more often than once a minute."""
    scene.session()
    ends = []
    for minutes in (2, 0, 2):
        scene.later(minutes=minutes)
        scene.blog = BlogPage(site=scene.site)
        reason = scene.fails(sign=lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, KEY))
        ends.append((reason, scene.issuer.calls.count("/keys")))
    return ends


FORGED = [
    _signed("without a signature", by_hand({"alg": "none"}, forgery.nothing)),
    _signed("without a signature, in capitals", by_hand({"alg": "NONE", "kid": "one"}, forgery.nothing)),
    _signed("with a right signature that it calls none", by_hand({"alg": "none", "kid": "one"}, rightly)),
    _signed("without a signature, listed", by_hand({"alg": "none"}, forgery.nothing), **_lists("none")),
    _signed("without an algorithm", by_hand({"kid": "one"}, rightly)),
    _signed("with a list of algorithms", by_hand({"alg": ["RS256"], "kid": "one"}, rightly)),
    _signed("with an algorithm in small letters", by_hand({"alg": "rs256", "kid": "one"}, rightly)),
    _signed(
        "with an algorithm that is not listed", by_hand({"alg": "RS256", "kid": "one"}, rightly), **_lists("ES256")
    ),
    _signed(
        "signed with the public key as a shared secret",
        by_hand({"alg": "HS256", "kid": "one"}, forgery.with_shared(forgery.public_key())),
    ),
    _signed(
        "signed with the client's secret",
        by_hand({"alg": "HS256"}, forgery.with_shared(CLIENT_SECRET.encode())),
        **_lists("HS256"),
    ),
    _signed("signed with an empty secret", by_hand({"alg": "HS256"}, forgery.with_shared(b"")), **_lists("HS256")),
    _signed(
        "signed with a shared secret that is published",
        by_hand({"alg": "HS256", "kid": "shared"}, forgery.with_shared(b"k" * 64)),
        **_publishes(forgery.SHARED.as_dict(private=True)),
    ),
    _signed("signed by a stranger under the key's name", by_stranger()),
    _signed(
        "signed by a stranger without a key's name",
        forgery.by_stranger_without_name,
    ),
    _signed(
        "with the numbers that fit every key",
        by_hand({"alg": "ES256", "kid": "curve"}, forgery.zeros),
        **_lists("ES256"),
        **_publishes(forgery.CURVE.as_dict(private=False)),
    ),
    _signed(
        "by a key for another algorithm", by_hand({"alg": "ES256", "kid": "one"}, forgery.zeros), **_lists("ES256")
    ),
    _signed(
        "by a key that only encrypts",
        honestly(),
        keys=lambda published: {"keys": [published["keys"][0] | {"use": "enc"}]},
    ),
    Attack(name="ID tokens by unknown keys", do=_unknown_keys, ends=[(BAD, 2), (BAD, 2), (BAD, 3)]),
    _calls_only_its_own_keys({"jwk": forgery.STRANGERS.as_dict(private=False)}),
    _calls_only_its_own_keys({"x5c": ["AAAA"]}),
    _calls_only_its_own_keys({"jku": ""}),
    _calls_only_its_own_keys({"x5u": ""}),
    _signed("whose key's name is a path", by_stranger(kid="../../dev/null")),
    _signed("whose key's name is a thing", by_hand({"alg": "RS256", "kid": {"a": 1}}, rightly)),
    _signed("that demands what nobody knows", honestly(crit=["exp"], exp=1)),
    _signed("that demands what some know", honestly(crit=["b64"], b64=False)),
    _signed("that demands nothing", honestly(crit=[])),
    _signed("whose content is not encoded", by_hand({"alg": "RS256", "kid": "one", "b64": False}, rightly, json.dumps)),
    _signed("whose signature was cut", forgery.cut),
    _signed("whose content was changed", forgery.changed_content),
    _signed("that is encrypted", forgery.encrypted),
    _signed("in the form of several signatures", forgery.in_json),
    _signed("in the form with names", forgery.flattened),
    _signed("in a form as text", lambda claims: json.dumps(forgery.in_json(claims))),
    _signed("of two parts", lambda claims: honestly()(claims).rpartition(".")[0]),
    _signed("of four parts", lambda claims: honestly()(claims) + ".AAAA"),
    _signed("with a blank in it", lambda claims: " " + honestly()(claims)),
    _signed("of other letters", lambda _claims: "é.b.c"),
    _signed("without parts", lambda _claims: "x"),
    _signed("that is empty", lambda _claims: ""),
    _signed("whose header is a list", by_hand([], rightly)),
    _signed("whose header is not JSON", by_hand(b"{", rightly)),
    _signed(
        "whose header says its algorithm twice", by_hand(b'{"alg": "none", "alg": "RS256", "kid": "one"}', rightly)
    ),
    _signed("whose header is too deep", by_hand(b"[" * 5000, rightly)),
    _signed("whose content is a list", by_hand({"alg": "RS256", "kid": "one"}, rightly, lambda _claims: [])),
    _signed("whose content is too deep", by_hand({"alg": "RS256", "kid": "one"}, rightly, lambda _claims: b"[" * 5000)),
    _signed("that is huge", lambda claims: honestly()(claims | {"name": "x" * 20_000})),
]


def _content(name: str, payload: Any) -> Attack:
    return _signed(name, by_hand({"alg": "RS256", "kid": "one"}, rightly, payload))


CLAIMS = [
    _says("for another client", aud="other"),
    _says("for nobody", aud=[]),
    _says("for an empty name", aud=""),
    _says("for a list of an empty name", aud=[""]),
    _says("for a list in a list", aud=[[CLIENT_ID]]),
    _says("for a thing", aud={CLIENT_ID: True}),
    _says("for a number", aud=7),
    _says("for us in capitals", aud=CLIENT_ID.upper()),
    _says("for us and a number", aud=[CLIENT_ID, 7]),
    _says("for somebody whose name holds ours", aud=f"{CLIENT_ID} other"),
    _says("that does not say for whom", aud=None),
    _null("aud"),
    _says("for several, made for nobody", aud=[CLIENT_ID, "other"]),
    _says("for several, made for another", aud=[CLIENT_ID, "other"], azp="other"),
    _says("for us, made for another", azp="other"),
    _says("for us, made for nobody", azp=""),
    _says("for us, made for a list", azp=[CLIENT_ID]),
    _says("of another issuer", iss="https://evil.example"),
    _says("of no issuer", iss=None),
    _says("of an empty issuer", iss=""),
    _says("of a list of issuers", iss=["https://evil.example"]),
    Attack(
        name="ID token of nearly the issuer",
        do=lambda scene: scene.fails(claims=changed(iss=f"{scene.issuer.address}/")),
        ends=BAD,
    ),
    _says("of another sign-in", nonce="other"),
    _says("of no sign-in", nonce=None),
    _says("of an empty sign-in", nonce=""),
    _null("nonce"),
    Attack(
        name="ID token of a list of sign-ins",
        do=lambda scene: scene.fails(claims=lambda claims: claims | {"nonce": [claims["nonce"]]}),
        ends=BAD,
    ),
    _says("that has expired", exp=1),
    _says("that expires before our time", exp=-1),
    _says("without an end", exp=None),
    _null("exp"),
    _says("whose end is text", exp="4102444800"),
    _says("whose end is true", exp=True),
    _content("whose end is not a number", forgery.literal("exp", "NaN")),
    _content("that never ends", forgery.literal("exp", "Infinity")),
    _content("that ends after all numbers", forgery.literal("exp", "1e999")),
    _says("from the future", iat=2**33),
    _says("that does not say when", iat=None),
    _says("whose beginning is text", iat="1"),
    _says("that is not valid yet", nbf=2**33),
    _says("that is valid from a text on", nbf="soon"),
    _says("of another access token", at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    _says("without a subject", sub=None),
    _null("sub"),
    _says("with an empty subject", sub=""),
    _says("with a blank subject", sub=" \t "),
    _says("with false for a subject", sub=False),
    _says("with a list for a subject", sub=["alice"]),
    _says("with a thing for a subject", sub={"id": "alice"}),
    _says("with a fraction for a subject", sub=1.5),
    _says("with a NUL in its subject", sub="alice\0"),
    _says("with a line break in its subject", sub="alice\nbob"),
    _says("with an invisible letter in its subject", sub="alice\u200b"),
    _says("with a subject too long", sub="a" * 321),
    _content("with half a letter in its subject", lambda claims: claims | {"sub": "\ud800"}),
    _content("that says its subject twice", forgery.twice("sub", "bob")),
    _content("that says its subject twice, ours last", forgery.twice("sub", "bob", first=True)),
    _content("that says its audience twice", forgery.twice("aud", "other", first=True)),
    _content("whose content is not UTF-8", lambda claims: json.dumps(claims).encode().replace(b"alice", b"\xff\xfe")),
]

ATTACKS = [*FORGED, *CLAIMS]
