"""The way that works: from the blog to the provider and back, with every kind of real issuer."""

import re

import requests
from sqlalchemy import select

from moderation.cli.demo.accounts import ACCOUNTS
from moderation.cli.demo.issuer import Issuer as DemoIssuer
from moderation.records import Person
from moderation.web.house import House
from tests import make
from tests.lying_issuer import CLIENT_ID
from tests.sign_in import (
    CLIENT_SECRET,
    SERVICE,
    BlogPage,
    Browser,
    data_of,
    provider_keys,
    query_of,
    visit,
)

DEMO_CALLBACK = f"{SERVICE}/auth/demo/callback"


def test_a_reader_signs_in_and_the_blog_gets_a_session(reader, blog, house) -> None:
    page = reader.signs_in(blog)
    assert data_of(page) == {"attempt": blog.attempt, "origin": make.BLOG, "page": f"{make.BLOG}/her"}
    code = reader.asks_for_code(blog.attempt).json["code"]
    made = blog.exchanges(reader.client, code)
    assert made.status_code == 200
    assert made.headers["Access-Control-Allow-Origin"] == make.BLOG
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json["expires_in"] == 30 * 24 * 3600
    assert made.json["access_token"].startswith("st_")
    assert made.json["person"] | {"id": ""} == {
        "id": "",
        "name": "Alice",
        "url": None,
        "avatar": f"/avatars/{made.json['person']['id']}.svg",
        "provider": "demo",
        "verified": True,
        "badge": None,
    }
    me = reader.client.get(
        f"/api/v1/me?site={blog.site}", headers={"Authorization": f"Bearer {made.json['access_token']}"}
    )
    assert me.json["person"]["name"] == "Alice"


def test_no_secret_is_in_any_address_of_ours_or_stands_in_the_database(reader, blog, house) -> None:
    there = reader.goes(blog)
    sent = query_of(there.location)
    back = reader.returns(visit(there.location))
    code = reader.asks_for_code(blog.attempt).json["code"]
    token = blog.exchanges(reader.client, code).json["access_token"]
    assert code not in reader.client.get(back.location).text
    house.database.checkpoint()
    stored = b"".join(file.read_bytes() for file in sorted(house.settings.data.parent.rglob("moderation.db*")))
    assert blog.attempt.encode() in stored
    for secret in (code, token, sent["state"], CLIENT_SECRET, blog.verifier):
        assert secret.encode() not in stored


def test_the_provider_is_asked_with_state_nonce_and_pkce(reader, blog, issuer) -> None:
    asked = query_of(reader.goes(blog).location)
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": DEMO_CALLBACK,
        "scope": "openid profile email",
        "state": asked["state"],
        "nonce": asked["nonce"],
        "code_challenge": asked["code_challenge"],
        "code_challenge_method": "S256",
    }
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43


def test_change_asks_the_provider_for_its_account_chooser(reader, blog) -> None:
    assert query_of(reader.goes(blog, change="1").location)["prompt"] == "select_account"


def test_the_callback_is_built_from_the_public_url_whatever_the_host_header_says(reader, blog) -> None:
    reader.client.environ_base["HTTP_HOST"] = "evil.example"
    assert query_of(reader.goes(blog).location)["redirect_uri"] == DEMO_CALLBACK


def test_discovery_and_keys_are_fetched_once_for_many(reader, blog, site, issuer) -> None:
    reader.signs_in(blog)
    reader.signs_in(BlogPage(site=site))
    assert issuer.calls.count("/.well-known/openid-configuration") == 1
    assert issuer.calls.count("/keys") == 1
    assert "/userinfo" not in issuer.calls


def test_what_the_id_token_leaves_out_is_asked_of_userinfo(reader, blog, issuer, house) -> None:
    issuer.lies.claims = lambda claims: {name: claims[name] for name in claims if name not in ("name", "email")}
    reader.signs_in(blog)
    with house.database.reading() as db:
        person = db.scalars(select(Person)).one()
    assert (person.name, person.email, person.issuer, person.subject) == (
        "Alice",
        "alice@mail.example",
        issuer.address,
        "alice",
    )


def test_two_tabs_of_one_browser_do_not_meet(reader, site, issuer, house) -> None:
    first, second = BlogPage(site=site), BlogPage(site=site)
    ways = [reader.goes(blog).location for blog in (first, second)]
    for way in reversed(ways):
        reader.returns(visit(way))
    for blog in (first, second):
        code = reader.asks_for_code(blog.attempt).json["code"]
        assert blog.exchanges(reader.client, code).status_code == 200


def test_the_trials_own_issuer_signs_people_in(start_app) -> None:
    demo = DemoIssuer(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=DEMO_CALLBACK)
    demo.start()
    app = start_app(demo.address.removeprefix("http://"))
    house: House = app.extensions["house"]
    with house.database.transaction() as db:
        provider_keys(db, house.keys, issuer=demo.address)
        blog = BlogPage(site=make.site(db).key)
    reader = Browser(app.test_client())
    with requests.Session() as session:
        session.trust_env = False
        question = session.get(reader.goes(blog).location, timeout=10).text
        number = re.search(r'name="request" value="([^"]+)"', question)
        assert number is not None
        form = {"request": number[1], "person": ACCOUNTS[0].subject}
        back = session.post(f"{demo.address}/choose", data=form, allow_redirects=False, timeout=10)
    reader.returns(back.headers["Location"])
    made = blog.exchanges(reader.client, reader.asks_for_code(blog.attempt).json["code"])
    assert made.json["person"]["name"] == ACCOUNTS[0].name
    demo.close()
