"""Attacks on the way back from the provider, and on the hand-over: all refused, without a session."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from moderation.foundation.tokens import digest
from moderation.records import PersonSession, Site, VerifiedPage
from moderation.web.house import House
from tests import make, sign_in
from tests.sign_in import (
    SERVICE,
    BlogPage,
    Browser,
    data_of,
    nobody_signed_in,
    provider_keys,
    query_of,
    visit,
)


def test_the_answer_in_another_browser_is_refused_and_harms_nothing(reader, blog, app, house) -> None:
    back = visit(reader.goes(blog).location)
    stranger = Browser(app.test_client())
    refused = stranger.returns(back)
    assert refused.status_code == 403
    assert nobody_signed_in(house)
    reader.returns(back)
    assert "code" in reader.asks_for_code(blog.attempt).json
    assert stranger.client.get(f"/login/done/{blog.attempt}").status_code == 403
    assert stranger.asks_for_code(blog.attempt).status_code == 403


def test_an_answer_that_comes_twice_is_taken_once(reader, blog, issuer) -> None:
    back = visit(reader.goes(blog).location)
    assert reader.returns(back).location == reader.returns(back).location == f"/login/done/{blog.attempt}"
    assert issuer.calls.count("/token") == 1
    assert "code" in reader.asks_for_code(blog.attempt).json


def test_an_answer_that_comes_eight_times_at_once_is_taken_once(reader, blog, issuer, app) -> None:
    there = reader.goes(blog)
    back = visit(there.location)
    name, _, value = there.headers["Set-Cookie"].partition(";")[0].partition("=")

    def arrive(_number: int) -> int:
        client = app.test_client()
        client.set_cookie(name, value)
        return Browser(client).returns(back).status_code

    with ThreadPoolExecutor(8) as tabs:
        assert set(tabs.map(arrive, range(8))) == {303}
    assert issuer.calls.count("/token") == 1


@pytest.mark.parametrize("query", ["", "?code=x", "?state=", "?state=unknown&code=x", "?state=%00&code=%00"])
def test_an_answer_to_nothing_is_refused(reader, blog, query) -> None:
    reader.goes(blog)
    assert reader.client.get(f"/auth/demo/callback{query}").status_code == 404


def test_an_answer_with_anything_twice_is_refused(reader, blog) -> None:
    back = visit(reader.goes(blog).location)
    assert reader.returns(back + "&code=other").status_code == 422
    assert reader.returns(back + "&iss=other").status_code == 422


def test_an_answer_at_another_providers_callback_ends_the_attempt(reader, blog, issuer, house) -> None:
    with house.database.transaction() as db:
        provider_keys(db, house.keys, name="other", issuer=issuer.address)
    back = visit(reader.goes(blog).location)
    reader.returns(back.replace("/auth/demo/", "/auth/other/"))
    assert reader.asks_for_code(blog.attempt).json == {"error": "provider_bad_reply"}
    reader.returns(back)
    assert reader.asks_for_code(blog.attempt).json == {"error": "provider_bad_reply"}
    assert "/token" not in issuer.calls
    assert nobody_signed_in(house)


def test_another_attempts_code_is_refused_by_pkce(reader, site, issuer) -> None:
    mine, theirs = BlogPage(site=site), BlogPage(site=site)
    my_way, their_way = visit(reader.goes(mine).location), visit(reader.goes(theirs).location)
    mixed = my_way.replace(query_of(my_way)["code"], query_of(their_way)["code"])
    reader.returns(mixed)
    assert reader.asks_for_code(mine.attempt).json == {"error": "login_expired"}


def test_a_form_is_answered_with_a_request_of_our_own(reader, blog, app, house) -> None:
    back = visit(reader.goes(blog).location)
    # A form from another site carries no cookie of ours.
    posted = app.test_client().post("/auth/demo/callback", data=query_of(back) | {"user": '{"email": "a@b.ex"}'})
    assert posted.status_code == 303
    assert posted.location.startswith("/auth/demo/callback?sealed=")
    assert query_of(back)["code"] not in posted.location
    assert app.test_client().get(posted.location).status_code == 403
    reader.returns(posted.location)
    assert "code" in reader.asks_for_code(blog.attempt).json


def test_an_error_in_a_form_is_told_too(reader, blog) -> None:
    state = query_of(reader.goes(blog).location)["state"]
    posted = reader.client.post("/auth/demo/callback", data={"state": state, "error": "access_denied"})
    reader.returns(posted.location)
    # This issuer promised to name itself in every answer.
    assert reader.asks_for_code(blog.attempt).json == {"error": "provider_bad_reply"}


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "é", "A" * 400])
def test_a_form_sealed_by_others_is_refused(reader, blog, sealed) -> None:
    reader.goes(blog)
    assert reader.client.get("/auth/demo/callback", query_string={"sealed": sealed}).status_code == 422


def test_going_back_and_on_again_signs_in_once(reader, blog) -> None:
    first = reader.goes(blog).location
    second = reader.goes(blog).location
    assert query_of(first)["state"] != query_of(second)["state"]
    assert reader.returns(visit(first)).status_code == 404
    assert reader.returns(visit(second)).status_code == 303
    assert reader.goes(blog).location == f"/login/done/{blog.attempt}"
    assert "code" in reader.asks_for_code(blog.attempt).json


def test_an_attempts_name_in_another_browser_is_refused(reader, blog, app) -> None:
    reader.goes(blog)
    assert Browser(app.test_client()).goes(blog).status_code == 409


@pytest.mark.parametrize("origin", [None, "null", make.BLOG, "https://evil.example", SERVICE + "/", "http://localhost"])
def test_only_our_own_page_may_ask_for_the_code(reader, blog, origin) -> None:
    reader.signs_in(blog)
    assert reader.asks_for_code(blog.attempt, origin=origin).status_code == 403


def test_a_code_works_once_for_its_page_alone(reader, blog, site, house) -> None:
    reader.signs_in(blog)
    code = reader.asks_for_code(blog.attempt).json["code"]
    assert blog.exchanges(reader.client, code, origin="https://evil.example").status_code == 422
    assert blog.exchanges(reader.client, code, site="unknown").status_code == 404
    assert blog.exchanges(reader.client, code, code_verifier="short").status_code == 422
    assert blog.exchanges(reader.client, code).status_code == 200
    assert reader.asks_for_code(blog.attempt).status_code == 409
    assert "data-used" in reader.client.get(f"/login/done/{blog.attempt}").text


def test_a_stolen_code_ends_the_session_that_was_made_of_it(reader, blog, house) -> None:
    reader.signs_in(blog)
    code = reader.asks_for_code(blog.attempt).json["code"]
    token = blog.exchanges(reader.client, code).json["access_token"]
    assert blog.exchanges(reader.client, code, code_verifier="x" * 43).status_code == 422
    with house.database.reading() as db:
        assert db.get_one(PersonSession, digest(token)).revoked_at is not None


def test_logging_out_ends_the_session(reader, blog) -> None:
    reader.signs_in(blog)
    token = blog.exchanges(reader.client, reader.asks_for_code(blog.attempt).json["code"]).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}", "Origin": make.BLOG}
    me = f"/api/v1/me?site={blog.site}"
    assert reader.client.get(me, headers=bearer).status_code == 200
    assert [reader.client.post("/api/v1/logout", headers=bearer).status_code for _ in range(2)] == [204, 204]
    assert reader.client.get(me, headers=bearer).status_code == 401
    assert reader.client.post("/api/v1/logout").status_code == 401


def test_the_code_goes_straight_to_a_page_that_we_saw(reader, house, issuer, start_app) -> None:
    with sign_in.blog() as pages:
        app = start_app(issuer.place, pages.place)
        home: House = app.extensions["house"]
        with home.database.transaction() as db:
            provider_keys(db, home.keys, issuer=issuer.address)
            site = make.site(db, origins=(pages.origin,))
            blog = BlogPage(site=site.key, origin=pages.origin, page=f"{pages.origin}/her")
        pages.serve(sign_in.embedding(blog.site))
        reader = Browser(app.test_client())
        assert data_of(reader.signs_in(blog)).keys() == {"attempt", "origin", "page", "verified"}
        with home.database.reading() as db:
            assert db.get(VerifiedPage, (db.scalars(select(Site)).one().id, blog.page)) is not None
        fetched = len(pages.calls)
        again = BlogPage(site=site.key, origin=pages.origin, page=blog.page)
        assert "verified" in data_of(reader.signs_in(again))
        assert len(pages.calls) == fetched
