"""An ID token is believed only when everything about it is right."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from moderation.identity.failure import Reason, SignInFailed
from moderation.identity.id_token import ALGORITHMS, UnknownKey, read_id_token
from tests.make import NOW

ISSUER = "https://issuer.example"
CLIENT = "moderation"
NONCE = "nonce-1"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
NOW_SECONDS = int(NOW.timestamp())
CLAIMS = {
    "iss": ISSUER,
    "sub": "alice",
    "aud": CLIENT,
    "nonce": NONCE,
    "iat": NOW_SECONDS,
    "exp": NOW_SECONDS + 300,
}


def published(*keys: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys or (KEY,)]}


def signed(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode({"alg": algorithm, "kid": "one", **header}, claims, key, algorithms=[algorithm])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    text = f"{part(header)}.{part(CLAIMS)}"
    return f"{text}.{base64.urlsafe_b64encode(sign(text.encode())).rstrip(b'=').decode()}"


def sign(text: bytes) -> bytes:
    assert KEY.private_key is not None
    return KEY.private_key.sign(text, PKCS1v15(), SHA256())


def read(text: Any, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"issuer": ISSUER, "client_id": CLIENT, "nonce": NONCE, "algorithms": ALGORITHMS}
    jwks = changes.pop("jwks", published())
    return read_id_token({"access_token": "at", "id_token": text}, jwks, now=NOW, **facts | changes)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(CLAIMS, id="plain"),
        pytest.param(CLAIMS | {"aud": [CLIENT]}, id="a list of one"),
        pytest.param(CLAIMS | {"aud": [CLIENT, "other"], "azp": CLIENT}, id="for several, made for us"),
        pytest.param(CLAIMS | {"iat": NOW_SECONDS + 90}, id="a clock that is a little fast"),
        pytest.param(CLAIMS | {"exp": NOW_SECONDS - 90}, id="a clock that is a little slow"),
    ],
)
def test_an_honest_token_is_read(claims: dict[str, Any]) -> None:
    assert read(signed(claims)) == claims


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(ECKey.generate_key("P-256", {"kid": "one"}), "ES256", id="ES256"),
        pytest.param(ECKey.generate_key("P-521", {"kid": "one"}), "ES512", id="ES512"),
        pytest.param(KEY, "PS256", id="PS256"),
        pytest.param(OKPKey.generate_key("Ed25519", {"kid": "one"}), "Ed25519", id="Ed25519"),
    ],
)
def test_other_asymmetric_algorithms_are_read(key: Any, algorithm: str) -> None:
    assert read(signed(CLAIMS, key=key, algorithm=algorithm), jwks=published(key))["sub"] == "alice"


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(CLAIMS | {"nonce": "nonce-2"}, id="another nonce"),
        pytest.param(without("nonce"), id="no nonce"),
        pytest.param(CLAIMS | {"nonce": [NONCE]}, id="a list of nonces"),
        pytest.param(without("nonce") | {"nonce_supported": False}, id="no nonce, and says it has none"),
        pytest.param(CLAIMS | {"aud": "other"}, id="for somebody else"),
        pytest.param(CLAIMS | {"aud": []}, id="for nobody"),
        pytest.param(CLAIMS | {"aud": ""}, id="for an empty name"),
        pytest.param(CLAIMS | {"aud": [""]}, id="for a list of an empty name"),
        pytest.param(CLAIMS | {"aud": {CLIENT: True}}, id="for a thing"),
        pytest.param(CLAIMS | {"aud": [CLIENT, 7]}, id="for us and a number"),
        pytest.param(without("aud"), id="does not say for whom"),
        pytest.param(CLAIMS | {"aud": [CLIENT, "other"]}, id="for several, not made for us"),
        pytest.param(CLAIMS | {"azp": "other"}, id="made for somebody else"),
        pytest.param(CLAIMS | {"aud": [CLIENT, "other"], "azp": "other"}, id="for several, made for another"),
        pytest.param(CLAIMS | {"iss": "https://evil.example"}, id="another issuer"),
        pytest.param(CLAIMS | {"iss": ISSUER + "/"}, id="nearly the issuer"),
        pytest.param(CLAIMS | {"iss": [ISSUER]}, id="a list of issuers"),
        pytest.param(without("iss"), id="no issuer"),
        pytest.param(without("sub"), id="no subject"),
        pytest.param(CLAIMS | {"exp": NOW_SECONDS - 121}, id="expired"),
        pytest.param(CLAIMS | {"exp": str(NOW_SECONDS + 300)}, id="expiry is text"),
        pytest.param(CLAIMS | {"exp": True}, id="expiry is true"),
        pytest.param(CLAIMS | {"exp": float("nan")}, id="expiry is not a number"),
        pytest.param(without("exp"), id="no expiry"),
        pytest.param(CLAIMS | {"iat": NOW_SECONDS + 121}, id="from the future"),
        pytest.param(without("iat"), id="does not say when"),
        pytest.param(CLAIMS | {"nbf": NOW_SECONDS + 600}, id="not yet"),
        pytest.param(CLAIMS | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, id="belongs to another access token"),
    ],
)
def test_a_token_that_says_something_wrong_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(SignInFailed) as refused:
        read(signed(claims))
    assert refused.value.reason is Reason.provider_bad_reply


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda: part({"alg": "none"}) + "." + part(CLAIMS) + ".", id="alg none"),
        pytest.param(lambda: part({"alg": "None", "kid": "one"}) + "." + part(CLAIMS) + ".", id="alg None"),
        pytest.param(lambda: part({"kid": "one"}) + "." + part(CLAIMS) + ".", id="no alg"),
        pytest.param(lambda: part({"alg": ["RS256"]}) + "." + part(CLAIMS) + ".AA", id="alg is a list"),
        pytest.param(lambda: part([]) + "." + part(CLAIMS) + ".AA", id="header is a list"),
        pytest.param(
            lambda: by_hand({"alg": "HS256"}, lambda text: hmac.digest(KEY.as_pem(private=False), text, "sha256")),
            id="HS256 with the public key as its secret",
        ),
        pytest.param(lambda: signed(CLAIMS, key=OctKey.import_key("s" * 64), algorithm="HS256"), id="HS256"),
        pytest.param(lambda: signed(CLAIMS, key=OTHER), id="another key of the same name"),
        pytest.param(lambda: signed(CLAIMS, key=OTHER, jwk=OTHER.as_dict(private=False)), id="brings its own key"),
        pytest.param(lambda: signed(CLAIMS)[:-6] + "AAAAAA", id="signature changed"),
        pytest.param(
            lambda: signed(CLAIMS).replace(signed(CLAIMS).split(".")[1], part(CLAIMS | {"sub": "bob"})),
            id="content changed",
        ),
        pytest.param(
            lambda: by_hand({"alg": "RS256", "kid": "one", "crit": ["exp"], "exp": 1}, sign), id="demands the unknown"
        ),
        pytest.param(
            lambda: by_hand({"alg": "RS256", "kid": "one", "b64": True, "crit": ["b64"]}, sign), id="demands the known"
        ),
        pytest.param(lambda: "a.b.c.d.e", id="encrypted"),
        pytest.param(lambda: "a.b", id="two parts"),
        pytest.param(lambda: "é.b.c", id="not ASCII"),
        pytest.param(lambda: json.dumps({"payload": part(CLAIMS), "signatures": []}), id="JSON form"),
        pytest.param(lambda: {"payload": part(CLAIMS)}, id="a thing"),
        pytest.param(lambda: "", id="empty"),
        pytest.param(lambda: None, id="missing"),
        pytest.param(lambda: signed(CLAIMS | {"name": "x" * 20_000}), id="far too long"),
    ],
)
def test_a_forged_token_is_refused(forge: Callable[[], Any]) -> None:
    with pytest.raises(SignInFailed) as refused:
        read(forge())
    assert refused.value.reason is Reason.provider_bad_reply


def test_hs256_and_none_are_refused_even_if_the_issuer_lists_them() -> None:
    secret = OctKey.generate_key(256, {"kid": "one"})
    for text in (signed(CLAIMS, key=secret, algorithm="HS256"), part({"alg": "none"}) + "." + part(CLAIMS) + "."):
        with pytest.raises(SignInFailed):
            read(text, algorithms=["HS256", "none"], jwks={"keys": [secret.as_dict(private=True)]})


def test_a_token_signed_by_hand_is_read() -> None:
    """So that the forgeries made by hand fail for their content, not for their making."""
    assert read(by_hand({"alg": "RS256", "kid": "one"}, sign)) == CLAIMS


def test_an_algorithm_that_the_issuer_does_not_list_is_refused() -> None:
    with pytest.raises(SignInFailed):
        read(signed(CLAIMS, algorithm="RS512"), algorithms=["RS256"])


def test_a_key_that_was_not_published_is_asked_for_anew() -> None:
    odd: list[dict[str, Any]] = [published(), {"keys": []}, {"keys": "none"}, {}]
    for jwks in odd:
        with pytest.raises(UnknownKey):
            read(signed(CLAIMS, kid="two"), jwks=jwks)


def test_keys_that_nobody_understands_are_passed_over() -> None:
    strange = [7, {}, {"kty": "RSA"}, {"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"}, {"kty": "new", "kid": "one"}]
    assert read(signed(CLAIMS), jwks={"keys": [*strange, *published()["keys"]]})["sub"] == "alice"


def test_an_encryption_key_does_not_verify() -> None:
    key = KEY.as_dict(private=False) | {"use": "enc"}
    with pytest.raises(UnknownKey):
        read(signed(CLAIMS), jwks={"keys": [key]})


def test_without_a_key_name_every_published_key_is_tried() -> None:
    text = jwt.encode({"alg": "RS256"}, CLAIMS, KEY)
    assert read(text, jwks=published(OTHER, KEY))["sub"] == "alice"


def test_only_where_the_provider_never_sends_a_nonce_none_is_wanted() -> None:
    assert read(signed(without("nonce")), nonce=None)["sub"] == "alice"
