"""What is asked or slowed down before the reader is sent anywhere, and what the pages must be."""

import html
import re
from typing import Any

import pytest

from moderation.web.house import House
from tests import make
from tests.sign_in import (
    BlogPage,
    Browser,
    provider_keys,
    visit,
)


def test_the_cookie_is_the_attempts_own_and_bound_to_https(start_app, issuer) -> None:
    app = start_app(public_url="https://comments.example", outbound_exceptions=frozenset(), limited=True)
    house: House = app.extensions["house"]
    with house.database.transaction() as db:
        provider_keys(db, house.keys, issuer=issuer.address)
        blog = BlogPage(site=make.site(db).key)
    answer = Browser(app.test_client()).goes(blog)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-attempt-{blog.attempt}=")
    assert set(cookie.split("; ")[1:]) >= {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"}
    assert "Domain" not in cookie
    # The guard lets no call to this machine out in production: so the visit ends here, told like any other failure.
    assert answer.location == f"/login/done/{blog.attempt}"


def test_on_this_machine_without_https_the_cookie_goes_without_the_prefix(reader, blog) -> None:
    cookie = reader.goes(blog).headers["Set-Cookie"]
    assert cookie.startswith(f"attempt-{blog.attempt}=")
    assert "Secure" not in cookie


def test_no_page_of_signing_in_is_kept_framed_or_told_of_to_others(reader, blog) -> None:
    answers = [reader.goes(blog), reader.goes(BlogPage(site=blog.site), referrer="https://evil.example")]
    answers.append(reader.returns(visit(answers[0].location)))
    answers += [reader.client.get(answers[-1].location), reader.asks_for_code(blog.attempt)]
    answers += [reader.client.get("/auth/demo/callback?state=x"), reader.client.get("/login/done/x")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Cross-Origin-Opener-Policy" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def confirmed(reader: Browser, blog: BlogPage, **changes: str) -> Any:
    page = reader.goes(blog, referrer="").text
    fields = dict(re.findall(r'name="([a-z_]+)"[^>]* value="([^"]*)"', page))
    return reader.client.post("/login/confirm", data=fields | changes)


def test_pressing_the_button_goes_on(reader, blog) -> None:
    there = confirmed(reader, blog)
    # No redirect: a browser would hold it to form-action, which does not name the provider.
    assert there.status_code == 200
    onward = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', there.text)
    assert onward is not None
    reader.returns(visit(html.unescape(onward[1])))
    assert "code" in reader.asks_for_code(blog.attempt).json


@pytest.mark.parametrize(("changes", "status"), [({"site": "x"}, 404), ({"origin": "x"}, 403), ({"page": "x"}, 422)])
def test_a_link_that_is_wrong_says_so(reader, blog, changes, status) -> None:
    answer = reader.goes(blog, **changes)
    assert answer.status_code == status
    assert "You are not signed in" in answer.text


def test_too_many_starts_are_slowed_down(start_app, issuer) -> None:
    app = start_app(issuer.place, limited=True, rates={"login": "2/minute"})
    house: House = app.extensions["house"]
    with house.database.transaction() as db:
        provider_keys(db, house.keys, issuer=issuer.address)
        site = make.site(db).key
    reader = Browser(app.test_client())
    assert [reader.goes(BlogPage(site=site)).status_code for _ in range(3)] == [303, 303, 429]
