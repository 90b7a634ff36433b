"""An issuer that lies signs nobody in, and the blog is told why."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Response
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from moderation.records import Attempt, Person, ProviderKeys
from tests import lying_issuer
from tests.sign_in import (
    CLIENT_SECRET,
    BlogPage,
    Browser,
    data_of,
    nobody_signed_in,
)


def outcome(reader: Browser, blog: BlogPage) -> str:
    """Sign in with an issuer that lies, and return the reason that the blog is told."""
    page = reader.signs_in(blog)
    told = reader.asks_for_code(blog.attempt)
    assert set(told.json) == {"error"}, told.json
    assert data_of(page)["error"] == told.json["error"]
    return told.json["error"]


def changed(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Say something else; None leaves it out."""
    return lambda said: {name: value for name, value in (said | values).items() if value is not None}


def unsigned(claims: dict[str, Any]) -> str:
    parts = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("x" * 64)).split(".")
    return "eyJhbGciOiJub25lIn0." + parts[1] + "."


def plain(text: str, status: int = 200, **headers: str) -> Callable[[Any], Response]:
    return lambda _said: Response(text, status, headers, content_type="application/json")


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        pytest.param({"claims": changed(nonce="other")}, "provider_bad_reply", id="another nonce"),
        pytest.param({"claims": changed(nonce=None)}, "provider_bad_reply", id="no nonce"),
        pytest.param({"claims": changed(aud="other")}, "provider_bad_reply", id="for somebody else"),
        pytest.param({"claims": changed(aud=[])}, "provider_bad_reply", id="for nobody"),
        pytest.param({"claims": changed(aud="")}, "provider_bad_reply", id="for an empty name"),
        pytest.param({"claims": changed(azp="other")}, "provider_bad_reply", id="made for somebody else"),
        pytest.param({"claims": changed(iss="https://evil.example")}, "provider_bad_reply", id="another issuer"),
        pytest.param({"claims": changed(exp=1)}, "provider_bad_reply", id="expired"),
        pytest.param({"claims": changed(exp=None)}, "provider_bad_reply", id="without an end"),
        pytest.param({"claims": changed(iat=2**33)}, "provider_bad_reply", id="from the future"),
        pytest.param({"claims": changed(sub=None)}, "provider_bad_reply", id="no subject"),
        pytest.param({"claims": changed(sub="")}, "provider_bad_reply", id="empty subject"),
        pytest.param({"claims": changed(sub="  ")}, "provider_bad_reply", id="blank subject"),
        pytest.param({"claims": changed(sub=False)}, "provider_bad_reply", id="subject is false"),
        pytest.param({"claims": changed(sub=["alice"])}, "provider_bad_reply", id="subject is a list"),
        pytest.param({"claims": changed(sub="a\0")}, "provider_bad_reply", id="subject with a NUL"),
        pytest.param({"claims": changed(sub="a" * 321)}, "provider_bad_reply", id="subject too long"),
        pytest.param({"sign": unsigned}, "provider_bad_reply", id="alg none"),
        pytest.param(
            {"sign": lambda c: jwt.encode({"alg": "HS256"}, c, OctKey.import_key(CLIENT_SECRET * 3))},
            "provider_bad_reply",
            id="HS256",
        ),
        pytest.param({"sign": lambda _claims: "x"}, "provider_bad_reply", id="no token at all"),
        pytest.param({"token": lambda _token: {}}, "provider_bad_reply", id="an empty answer"),
        pytest.param({"token": lambda _token: []}, "provider_bad_reply", id="a list"),
        pytest.param({"token": changed(access_token=None)}, "provider_bad_reply", id="no access token"),
        pytest.param({"token": changed(access_token=7)}, "provider_bad_reply", id="access token is a number"),
        pytest.param({"token": changed(id_token=None)}, "provider_bad_reply", id="no ID token"),
        pytest.param({"token": changed(id_token={"a": 1})}, "provider_bad_reply", id="ID token is a thing"),
        pytest.param({"token": plain("<html>")}, "provider_bad_reply", id="HTML"),
        pytest.param({"token": plain("[" * 100_000)}, "provider_bad_reply", id="deeply nested"),
        pytest.param({"token": plain("", 302, Location="http://127.0.0.1/")}, "provider_bad_reply", id="redirect"),
        pytest.param({"token": plain("{}", 500)}, "provider_down", id="500"),
        pytest.param({"token": plain("{}", 503)}, "provider_down", id="503"),
        pytest.param({"token": plain("{}", 429)}, "provider_quota", id="429"),
        pytest.param({"token": plain("{}", 402)}, "provider_quota", id="402"),
        pytest.param({"token": plain('{"error": "invalid_client"}', 401)}, "provider_misconfigured", id="wrong secret"),
        pytest.param({"token": plain('{"error": "invalid_grant"}', 400)}, "login_expired", id="code too old"),
        pytest.param({"token": plain('{"error": {"code": 1}}')}, "provider_bad_reply", id="error is a thing"),
        pytest.param({"answer": changed(iss="https://evil.example")}, "provider_bad_reply", id="answer from another"),
        pytest.param({"answer": changed(iss=None)}, "provider_bad_reply", id="answer from nobody"),
        pytest.param({"answer": changed(code=None)}, "provider_bad_reply", id="no code"),
        pytest.param({"answer": changed(code=None, error="access_denied")}, "denied", id="denied"),
        pytest.param({"answer": changed(error="access_denied")}, "denied", id="denied, with a code"),
        pytest.param({"answer": changed(error="server_error")}, "provider_down", id="server error"),
        pytest.param({"answer": changed(error="temporarily_unavailable")}, "provider_down", id="unavailable"),
        pytest.param({"answer": changed(error="unauthorized_client")}, "provider_misconfigured", id="unauthorized"),
        pytest.param({"answer": changed(error="<script>")}, "provider_bad_reply", id="an unknown error"),
        pytest.param(
            {"answer": changed(error="access_denied", iss="https://evil.example")},
            "provider_bad_reply",
            id="denied by another",
        ),
        pytest.param(
            {"claims": changed(name=None), "userinfo": changed(sub="bob")}, "provider_bad_reply", id="another user"
        ),
        pytest.param({"claims": changed(name=None), "userinfo": changed(sub=None)}, "provider_bad_reply", id="no user"),
        pytest.param(
            {"claims": changed(name=None), "userinfo": plain("{}", 403)}, "provider_bad_reply", id="userinfo refused"
        ),
        pytest.param({"claims": changed(name=None), "userinfo": plain("{}", 500)}, "provider_down", id="userinfo down"),
    ],
)
def test_an_issuer_that_lies_signs_nobody_in_and_the_blog_is_told_why(reader, blog, house, issuer, lie, reason) -> None:
    vars(issuer.lies).update(lie)
    assert outcome(reader, blog) == reason
    assert nobody_signed_in(house)


@pytest.mark.parametrize(
    ("discovery", "reason"),
    [
        pytest.param(changed(issuer="https://evil.example"), "provider_misconfigured", id="another issuer"),
        pytest.param(changed(issuer=None), "provider_misconfigured", id="no issuer"),
        pytest.param(changed(authorization_endpoint=None), "provider_misconfigured", id="no way in"),
        pytest.param(changed(authorization_endpoint="javascript:alert(1)"), "provider_misconfigured", id="a script"),
        pytest.param(changed(token_endpoint=7), "provider_misconfigured", id="a number"),
        pytest.param(changed(jwks_uri=None), "provider_misconfigured", id="no keys"),
        pytest.param(plain("{}", 404), "provider_misconfigured", id="not there"),
        pytest.param(plain("nonsense"), "provider_bad_reply", id="not JSON"),
        pytest.param(plain("[1]"), "provider_bad_reply", id="a list"),
        pytest.param(plain("{}", 500), "provider_down", id="down"),
    ],
)
def test_a_visit_that_cannot_begin_ends_on_the_same_last_page(reader, blog, house, issuer, discovery, reason) -> None:
    issuer.lies.discovery = discovery
    there = reader.goes(blog)
    assert (there.status_code, there.location) == (303, f"/login/done/{blog.attempt}")
    assert data_of(reader.client.get(there.location).text)["error"] == reason
    assert reader.asks_for_code(blog.attempt).json == {"error": reason}


def test_an_issuer_that_is_not_there_is_down(reader, blog, house) -> None:
    with lying_issuer.issuer() as gone:
        pass
    with house.database.transaction() as db:
        db.get_one(ProviderKeys, "demo").options = {"issuer": gone.address}
    assert data_of(reader.client.get(reader.goes(blog).location).text)["error"] in (
        "provider_down",
        "provider_misconfigured",
    )


def test_the_owner_can_read_why_and_readers_cannot(reader, blog, house, issuer) -> None:
    issuer.lies.token = plain('{"error": "invalid_client", "error_description": "Secret\\nexpired"}', 401)
    page = reader.signs_in(blog)
    with house.database.reading() as db:
        assert db.get_one(Attempt, blog.attempt).detail == "The provider said: invalid_client: Secret expired"
    assert "expired" not in page


def test_a_subject_that_is_a_number_is_kept_as_text(reader, blog, house, issuer) -> None:
    issuer.user["sub"] = 7
    reader.signs_in(blog)
    with house.database.reading() as db:
        assert db.scalars(select(Person)).one().subject == "7"
