"""The way back from the provider and over to the blog, as honest people walk it twice, at once, or by a form."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from moderation.identity.verify import remember
from moderation.records import Origin, Site, VerifiedPage
from moderation.web.house import House
from tests import make, sign_in
from tests.sign_in import (
    BlogPage,
    Browser,
    data_of,
    provider_keys,
    query_of,
    visit,
)


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


def test_going_back_and_on_again_signs_in_once(reader, blog) -> None:
    first = reader.goes(blog).location
    second = reader.goes(blog).location
    assert query_of(first)["state"] != query_of(second)["state"]
    assert reader.returns(visit(first)).status_code == 404
    assert reader.returns(visit(second)).status_code == 303
    assert reader.goes(blog).location == f"/login/done/{blog.attempt}"
    assert "code" in reader.asks_for_code(blog.attempt).json


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
        assert data_of(reader.signs_in(blog)).keys() == {"attempt", "origin", "page", "back"}
        with home.database.reading() as db:
            assert db.get(VerifiedPage, (db.scalars(select(Site)).one().id, blog.page)) is not None
        fetched = len(pages.calls)
        again = BlogPage(site=site.key, origin=pages.origin, page=blog.page)
        assert data_of(reader.signs_in(again))["back"] == blog.page
        assert len(pages.calls) == fetched


def test_the_code_goes_to_the_owners_return_address_where_we_see_nothing(reader, blog, house) -> None:
    with house.database.transaction() as db:
        elsewhere = Origin(origin="https://www.blog.example")
        site = db.scalars(select(Site)).one()
        site.origins.append(elsewhere)
        addresses = [f"{elsewhere.origin}/signed-in", f"{blog.origin}/signed-in?from=login"]
        site.settings = {"return_addresses": addresses}
    assert data_of(reader.signs_in(blog))["back"] == addresses[1]
    other = BlogPage(site=blog.site, origin=elsewhere.origin, page=f"{elsewhere.origin}/her")
    assert data_of(reader.signs_in(other))["back"] == addresses[0]
    with house.database.transaction() as db:
        remember(db, db.scalars(select(Site)).one().id, blog.page, house.now())
    again = BlogPage(site=blog.site)
    assert data_of(reader.signs_in(again))["back"] == blog.page
