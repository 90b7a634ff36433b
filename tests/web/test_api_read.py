"""What everybody may read, on every origin, and how it is cached."""

import re

import pytest

from moderation.records import Site, Status
from moderation.review.configure import configure
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment


@pytest.fixture
def approved(client, site, house):
    """The id of an approved comment on /her."""
    told = client.post(COMMENTS, json=guest_comment(site, website="https://alice.example/")).json
    decide(house, told["id"], Status.approved)
    return told["id"]


def addresses(site):
    return [
        f"/api/v1/thread?site={site}&page=/her",
        f"/api/v1/counts?site={site}&page=/her",
        f"/api/v1/recent?site={site}",
        f"/api/v1/sites/{site}",
    ]


def test_every_origin_may_read_and_nothing_else_is_told(client, site, approved):
    for address in addresses(site):
        answer = client.get(address, headers={"Origin": "https://anywhere.example"})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert "alice@mail.example" not in answer.text


def test_what_has_not_changed_is_not_sent_again(client, site, approved, house):
    for address in addresses(site)[:3]:
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    decide(house, approved, Status.rejected)
    for address, first in [(address, client.get(address)) for address in addresses(site)[:3]]:
        assert first.headers["ETag"] != client.get(addresses(site)[3]).headers["ETag"]
        assert approved not in client.get(address).text


def test_a_changed_thread_is_sent_again_to_whoever_has_the_old_one(client, site, approved, house):
    address = addresses(site)[0]
    old = client.get(address).headers["ETag"]
    decide(house, approved, Status.spam)
    answer = client.get(address, headers={"If-None-Match": old})
    assert answer.status_code == 200
    assert answer.json["comments"] == []


def test_the_newest_comments_say_where_they_stand(client, site, approved):
    (newest,) = client.get(f"/api/v1/recent?site={site}&limit=1").json["comments"]
    assert newest["id"] == approved
    assert newest["page"] == {"key": "/her", "url": f"{make.BLOG}/her", "title": "Her"}
    assert newest["author"]["url"] == "https://alice.example/"


def test_a_thread_says_how_it_is_shown_where_the_owner_has_chosen(client, site, approved, house):
    address = f"/api/v1/thread?site={site}&page=/her"
    first = client.get(address).json
    assert not {"likes", "theme", "max_depth"} & set(first)
    with house.database.transaction() as db:
        configure(db, db.query(Site).filter_by(key=site).one(), {"theme": "dark", "max_depth": 3})
    assert client.get(address).json == first | {"theme": "dark", "max_depth": 3}
    page = client.get(f"/page?site={site}&page=/her").text
    assert re.search(r'href="/static/dark\.css[^"]*" media="all"', page)


def test_the_form_learns_what_it_needs(client, site):
    assert client.get(f"/api/v1/sites/{site}").json == {
        "key": site,
        "name": "A blog",
        "locale": "en",
        "languages": [],
        "theme": "auto",
        "likes": True,
        "privacy": "",
        "providers": [],
        "guests": {"allowed": True, "email_required": True},
        "limits": {"body": 8192, "name": 64},
        "edit_window": 900,
        "max_depth": 8,
    }


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/thread?site={site}", "page"),
        ("/api/v1/thread?page=/her", "site"),
        ("/api/v1/thread?site={site}&page=", "page"),
        ("/api/v1/thread?site={site}&page=/a&page=/b", "page"),
        ("/api/v1/thread?site={site}&page=a%00b", "page"),
        ("/api/v1/thread?site={site}&page=/her&sort=worst", "sort"),
        ("/api/v1/thread?site={site}&page=/her&after=nowhere", "after"),
        ("/api/v1/thread?site={site}&page={long}", "page"),
        ("/api/v1/counts?site={site}", "page"),
        ("/api/v1/counts?site={site}{many}", "page"),
        ("/api/v1/recent?site={site}&limit=0", "limit"),
        ("/api/v1/recent?site={site}&limit=１", "limit"),
        ("/api/v1/recent?site={site}&limit=101", "limit"),
    ],
)
def test_an_odd_parameter_is_named(client, site, approved, address, field):
    answer = client.get(address.format(site=site, long="x" * 513, many="&page=/x" * 201))
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_counts_come_under_the_words_that_were_asked_with(client, site, house):
    with house.database.transaction() as db:
        place = make.page(db, db.query(Site).filter_by(key=site).one(), key="/caf\u00e9")
        place.approved = 2
    asked = ["/cafe\u0301", "/caf\u00e9", "/cafe"]
    told = client.get("/api/v1/counts", query_string={"site": site, "page": asked}).json["counts"]
    assert told == dict(zip(asked, [2, 2, 0], strict=True))


@pytest.mark.parametrize("address", ["/api/v1/thread?site=x&page=/", "/api/v1/counts?site=x&page=/", "/api/v1/sites/x"])
def test_an_unknown_site_is_missing(client, house, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_a_preflight_from_a_registered_origin_is_answered_and_others_are_not(client, site):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}
    answer = client.options(COMMENTS, headers={"Origin": make.BLOG} | asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == make.BLOG
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Origin" in answer.headers["Vary"]
    for origin in ("https://evil.example", "null", make.BLOG + ".evil.example"):
        assert "Access-Control-Allow-Origin" not in client.options(COMMENTS, headers={"Origin": origin} | asked).headers


def test_a_preflight_for_a_read_is_answered_for_everybody(client, site):
    answer = client.options(addresses(site)[0], headers={"Origin": "https://anywhere.example"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")


def test_no_answer_ever_allows_credentials(client, site, approved):
    for address in addresses(site):
        assert "Access-Control-Allow-Credentials" not in client.get(address).headers
    assert "Access-Control-Allow-Credentials" not in client.options(COMMENTS, headers={"Origin": make.BLOG}).headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"{}", "content_type": "text/plain"}, 415),
        ({"data": b"{}", "content_type": "application/json; charset=latin-1"}, 415),
        ({"data": b"\xff", "content_type": "application/json"}, 400),
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"[]", "content_type": "application/json"}, 400),
        ({"data": b'{"a":' * 17 + b"1" + b"}" * 17, "content_type": "application/json"}, 422),
        ({"data": b'{"site":"a","site":"b"}', "content_type": "application/json"}, 422),
        ({"data": b"x" * (128 * 1024 + 1), "content_type": "application/json"}, 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_words(client, site, sent, status):
    answer = client.post(COMMENTS, **sent)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "detail"}
    assert answer.json["status"] == status


def test_a_body_without_a_length_is_refused(client, site):
    answer = client.post(
        COMMENTS,
        input_stream=None,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"CONTENT_LENGTH": ""},
    )
    assert answer.status_code == 411


def test_what_is_not_there_is_a_problem_document_under_api_and_a_page_elsewhere(client, house):
    assert client.get("/api/v1/nothing").content_type == "application/problem+json"
    assert client.put(COMMENTS).status_code == 405
    page = client.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_the_script_is_for_every_blog(client, house):
    answer = client.get("/embed/v1.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get("/embed/v1.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for elsewhere in ("/embed/../app.py", "/embed/nothing.js", "/embed/v1.css", "/embed/%2e%2e/style.css"):
        assert client.get(elsewhere).status_code == 404


def test_the_service_tells_whether_it_lives_and_can_work(client, house):
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200
