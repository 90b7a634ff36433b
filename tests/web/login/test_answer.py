"""An issuer that fails signs nobody in, and the blog is told why; what liars get is in the table of attacks."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Response
from sqlalchemy import select

from moderation.records import Attempt, Person, ProviderKeys
from tests import lying_issuer
from tests.sign_in import BlogPage, Browser, data_of, nobody_signed_in
from tests.web.login.attacks.scene import changed


def outcome(reader: Browser, blog: BlogPage) -> str:
    """Sign in with an issuer that lies, and return the reason that the blog is told."""
    page = reader.signs_in(blog)
    told = reader.asks_for_code(blog.attempt)
    assert set(told.json) == {"error"}, told.json
    assert data_of(page)["error"] == told.json["error"]
    return told.json["error"]


def plain(text: str, status: int = 200, **headers: str) -> Callable[[Any], Response]:
    return lambda _said: Response(text, status, headers, content_type="application/json")


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        pytest.param({"token": plain("{}", 500)}, "provider_down", id="500"),
        pytest.param({"token": plain("{}", 503)}, "provider_down", id="503"),
        pytest.param({"token": plain("{}", 429)}, "provider_quota", id="429"),
        pytest.param({"token": plain("{}", 402)}, "provider_quota", id="402"),
        pytest.param({"token": plain('{"error": "invalid_client"}', 401)}, "provider_misconfigured", id="wrong secret"),
        pytest.param({"token": plain('{"error": "invalid_grant"}', 400)}, "login_expired", id="code too old"),
        pytest.param({"answer": changed(code=None, error="access_denied")}, "denied", id="denied"),
        pytest.param({"answer": changed(error="server_error")}, "provider_down", id="server error"),
        pytest.param({"answer": changed(error="temporarily_unavailable")}, "provider_down", id="unavailable"),
        pytest.param({"answer": changed(error="unauthorized_client")}, "provider_misconfigured", id="unauthorized"),
        pytest.param({"claims": changed(name=None), "userinfo": plain("{}", 500)}, "provider_down", id="userinfo down"),
    ],
)
def test_an_issuer_that_fails_signs_nobody_in_and_the_blog_is_told_why(
    reader, blog, house, issuer, lie, reason
) -> None:
    vars(issuer.lies).update(lie)
    assert outcome(reader, blog) == reason
    assert nobody_signed_in(house)


def test_a_visit_that_cannot_begin_ends_on_the_same_last_page(reader, blog, issuer) -> None:
    issuer.lies.discovery = plain("{}", 500)
    there = reader.goes(blog)
    assert (there.status_code, there.location) == (303, f"/login/done/{blog.attempt}")
    assert data_of(reader.client.get(there.location).text)["error"] == "provider_down"
    assert reader.asks_for_code(blog.attempt).json == {"error": "provider_down"}


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
