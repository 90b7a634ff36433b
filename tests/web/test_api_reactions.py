"""Likes, reports, and what a person may take away: counted once, kept apart, and gone when asked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from moderation.foundation.tokens import new_token
from moderation.identity.personal_key import issue
from moderation.records import Ban, Comment, CommentLike, Page, PageLike, Person, Report, Site, Status
from moderation.review.configure import configure
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment, session_token


@pytest.fixture
def approved(client, site, house):
    """The id of an approved comment on /her."""
    told = client.post(COMMENTS, json=guest_comment(site)).json
    decide(house, told["id"], Status.approved)
    return told["id"]


@pytest.fixture
def alice(house, site):
    """The headers of somebody who is signed in on the blog."""
    return bearer(session_token(house, site)[0])


@pytest.fixture
def key(house, site):
    with house.database.transaction() as db:
        owner = make.moderator(db, db.query(Site).filter_by(key=site).one())
        return bearer(issue(db, owner, "script", now=house.now()))


def bearer(token):
    return {"Authorization": f"Bearer {token}", "Origin": make.BLOG}


def read(client, site, page="/her"):
    return client.get("/api/v1/thread", query_string={"site": site, "page": page}).json


def test_a_like_twice_is_once_and_taken_back_twice_is_once(client, site, house, alice, approved):
    like = f"{COMMENTS}/{approved}/like"
    before = read(client, site)["revision"]
    for _ in range(2):
        answer = client.put(like, headers=alice)
        assert (answer.status_code, answer.json) == (200, {"likes": 1, "liked": True})
        assert answer.headers["Access-Control-Allow-Origin"] == make.BLOG
    thread = read(client, site)
    assert (thread["comments"][0]["likes"], thread["revision"]) == (1, before + 1)
    assert client.put(like, headers=bearer(session_token(house, site, name="Bob")[0])).json["likes"] == 2
    for _ in range(2):
        assert client.delete(like, headers=alice).json == {"likes": 1, "liked": False}
    assert (read(client, site)["comments"][0]["likes"], read(client, site)["revision"]) == (1, before + 3)


def test_likes_at_once_are_all_counted(app, client, site, house, approved):
    people = [bearer(session_token(house, site, name=f"P{number}")[0]) for number in range(6)]

    def like(headers):
        with app.test_client() as own:
            own.put("/api/v1/pages/like", query_string={"site": site, "page": "/new"}, headers=headers)
            return own.put(f"{COMMENTS}/{approved}/like", headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(like, people * 2)) == {200}
    assert read(client, site)["comments"][0]["likes"] == 6
    assert read(client, site, "/new")["page"]["likes"] == 6
    with house.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(CommentLike)) == 6


def test_only_what_readers_see_can_be_liked(client, site, house, alice):
    waiting = client.post(COMMENTS, json=guest_comment(site)).json["id"]
    for comment_id in (waiting, "c_nothing"):
        for method in (client.put, client.delete):
            assert method(f"{COMMENTS}/{comment_id}/like", headers=alice).status_code == 404
    decide(house, waiting, Status.approved)
    client.put(f"{COMMENTS}/{waiting}/like", headers=alice)
    decide(house, waiting, Status.rejected)
    assert client.put(f"{COMMENTS}/{waiting}/like", headers=alice).status_code == 404
    assert client.get(f"/api/v1/me?site={site}&page=/her", headers=alice).json["liked"]["comments"] == []
    assert client.delete(f"{COMMENTS}/{waiting}/like", headers=alice).json["likes"] == 0


def test_a_page_of_any_key_can_be_liked_before_anybody_has_commented(client, site, house):
    headers, there = bearer(session_token(house, site)[0]), {"site": site, "page": "post-17"}
    address = "/api/v1/pages/like"
    assert client.put(address, query_string=there, headers=headers).json["field"] == "url"
    for wrong in ("https://evil.example/17", "seventeen"):
        assert client.put(address, query_string=there | {"url": wrong}, headers=headers).status_code in (403, 422)
    told = client.put(address, query_string=there | {"url": f"{make.BLOG}/seventeen"}, headers=headers)
    assert told.json == {"likes": 1, "liked": True}
    assert client.put(address, query_string=there, headers=headers).json["likes"] == 1
    assert read(client, site, "post-17")["page"]["url"] == f"{make.BLOG}/seventeen"


def test_liking_needs_a_session_of_the_same_site(client, site, house, approved, key):
    with house.database.transaction() as db:
        other = make.site(db).key
    stranger = bearer(session_token(house, other)[0])
    edit_token = bearer(client.post(COMMENTS, json=guest_comment(site)).json["edit_token"])
    page = f"/api/v1/pages/like?site={site}&page=/her"
    for address in (f"{COMMENTS}/{approved}/like", page):
        for headers, expected in (({}, 401), (edit_token, 401), (key, 401), (stranger, 403)):
            assert client.put(address, headers=headers).status_code == expected
            assert client.delete(address, headers=headers).status_code == expected
    with house.database.reading() as db:
        assert not db.scalars(select(CommentLike)).all()
        assert not db.scalars(select(PageLike)).all()


def test_somebody_who_is_banned_likes_nothing(client, site, house, approved):
    token, person_id = session_token(house, site)
    with house.database.transaction() as db:
        db.add(make.ban(db.query(Site).filter_by(key=site).one(), person_id=person_id))
    assert client.put(f"{COMMENTS}/{approved}/like", headers=bearer(token)).status_code == 403
    address = f"/api/v1/pages/like?site={site}&page=/her"
    assert client.put(address, headers=bearer(token)).status_code == 403
    with house.database.transaction() as db:
        db.scalars(select(Ban)).one().lifted_at = house.now()
    assert client.put(address, headers=bearer(token)).status_code == 200


def test_where_likes_are_off_nobody_likes_and_the_thread_says_so(client, site, house, alice, approved):
    like = f"{COMMENTS}/{approved}/like"
    assert client.put(like, headers=alice).status_code == 200
    assert "likes" not in read(client, site)
    with house.database.transaction() as db:
        configure(db, db.query(Site).filter_by(key=site).one(), {"likes": False})
    assert client.put(f"/api/v1/pages/like?site={site}&page=/her", headers=alice).status_code == 403
    assert client.put(like, headers=alice).status_code == 403
    assert client.delete(like, headers=alice).status_code == 200
    assert read(client, site)["likes"] is False
    assert client.get(f"/api/v1/sites/{site}").json["likes"] is False


def test_a_page_that_nobody_has_commented_on_can_be_liked(client, site, house, alice):
    address = "/api/v1/pages/like"
    assert client.put(address, query_string={"site": site, "page": "/new"}, headers=alice).json["likes"] == 1
    page = read(client, site, "/new")["page"]
    assert (page["url"], page["likes"], page["likers"], page["title"]) == (f"{make.BLOG}/new", 1, [], None)
    assert client.put(address, query_string={"site": site, "page": "post-17"}, headers=alice).status_code == 422
    assert client.delete(address, query_string={"site": site, "page": "post-17"}, headers=alice).json["likes"] == 0
    mine = client.get(f"/api/v1/me?site={site}&page=/new", headers=alice).json["liked"]
    assert mine == {"page": True, "comments": []}
    assert client.delete(address, query_string={"site": site, "page": "/new"}, headers=alice).json["likes"] == 0


def test_readers_get_the_names_of_likers_only_while_something_they_wrote_is_approved(client, site, house):
    token, person_id = session_token(house, site, name="Canary Pills")
    headers = bearer(token)
    client.put(f"/api/v1/pages/like?site={site}&page=/her", headers=headers)
    assert (read(client, site)["page"]["likes"], read(client, site)["page"]["likers"]) == (1, [])
    sent = guest_comment(site, key="/other", url=f"{make.BLOG}/other", guest=None)
    told = client.post(COMMENTS, json=sent, headers=headers).json
    assert read(client, site)["page"]["likers"] == []
    revision = read(client, site)["revision"]
    decide(house, told["id"], Status.approved)
    thread = read(client, site)
    assert [(liker["id"], liker["name"]) for liker in thread["page"]["likers"]] == [(person_id, "Canary Pills")]
    assert thread["revision"] > revision
    assert set(thread["page"]["likers"][0]) == {"id", "name", "avatar"}
    decide(house, told["id"], Status.spam)
    assert read(client, site)["page"]["likers"] == []


def test_one_learns_what_one_likes_and_nobody_else_does(client, site, house, alice, approved):
    client.put(f"{COMMENTS}/{approved}/like", headers=alice)
    client.put(f"/api/v1/pages/like?site={site}&page=/her", headers=alice)
    me = f"/api/v1/me?site={site}&page=/her"
    assert client.get(me, headers=alice).json["liked"] == {"page": True, "comments": [approved]}
    bob = bearer(session_token(house, site, name="Bob")[0])
    assert client.get(me, headers=bob).json["liked"] == {"page": False, "comments": []}
    assert client.get(f"/api/v1/me?site={site}", headers=alice).json["liked"] == {"page": False, "comments": []}


# --- reports ----------------------------------------------------------------------------------------------------------


def queue(client, site, key, status="reported"):
    return client.get(f"/api/v1/queue?site={site}&status={status}", headers=key).json


def test_a_report_puts_an_approved_comment_into_the_queue_where_it_stays_approved(client, site, key, approved, alice):
    report = f"{COMMENTS}/{approved}/report"
    assert client.post(report, json={"reason": "Rude to  Bob."}).status_code == 204
    assert client.post(report, json={"reason": "Again."}).status_code == 204
    assert client.post(report, json={"reason": ""}, headers=alice).status_code == 204
    told = queue(client, site, key)
    assert told["counts"]["reported"] == 1
    (comment,) = told["comments"]
    assert (comment["id"], comment["status"]) == (approved, "approved")
    assert [entry["reason"] for entry in comment["reports"]] == ["Rude to Bob.", ""]
    assert [shown["id"] for shown in read(client, site)["comments"]] == [approved]
    assert "Rude" not in str(read(client, site))


def test_a_decision_settles_the_reports_and_its_undo_opens_them_again(client, site, key, approved):
    client.post(f"{COMMENTS}/{approved}/report", json={"reason": "Rude."})
    revision = read(client, site)["revision"]
    sent = {"comments": [approved], "status": "approved"}
    (kept,) = client.post("/api/v1/decisions", json=sent, headers=key).json["results"]
    assert (kept["status"], kept["problem"]) == ("approved", None)
    assert queue(client, site, key)["comments"] == []
    assert read(client, site)["revision"] == revision
    (again,) = client.post("/api/v1/decisions", json=sent, headers=key).json["results"]
    assert again["problem"] == "already"
    assert client.post(f"/api/v1/decisions/{kept['decision']}/undo", headers=key).status_code == 200
    assert [comment["id"] for comment in queue(client, site, key)["comments"]] == [approved]
    client.post("/api/v1/decisions", json=sent | {"status": "spam"}, headers=key)
    assert queue(client, site, key)["counts"] == {"waiting": 0, "reported": 0, "approved": 0, "rejected": 0, "spam": 1}


def test_a_writer_cannot_settle_reports_by_an_edit(client, site, house, key):
    token, person_id = session_token(house, site)
    with house.database.transaction() as db:
        db.get_one(Person, person_id).trusted_at = house.now()
    told = client.post(COMMENTS, json=guest_comment(site, guest=None), headers=bearer(token)).json
    assert told["status"] == "approved"
    client.post(f"{COMMENTS}/{told['id']}/report", json={"reason": "Rude."})
    edited = client.patch(f"{COMMENTS}/{told['id']}", json={"body": "Nicer."}, headers=bearer(token))
    assert edited.json["status"] == "approved"
    assert queue(client, site, key)["counts"]["reported"] == 1
    client.delete(f"{COMMENTS}/{told['id']}", headers=bearer(token))
    assert queue(client, site, key)["counts"]["reported"] == 0


def test_a_report_is_refused_where_it_cannot_be_meant(client, site, house, approved):
    waiting = client.post(COMMENTS, json=guest_comment(site)).json["id"]
    other = bearer(session_token(house, _other_site(house))[0])
    report = f"{COMMENTS}/{approved}/report"
    for address, sent, headers, expected in (
        (f"{COMMENTS}/{waiting}/report", {"reason": ""}, {}, 404),
        (f"{COMMENTS}/c_nothing/report", {"reason": ""}, {}, 404),
        (report, {"reason": "x" * 501}, {}, 422),
        (report, {"reason": 1}, {}, 422),
        (report, {"reason": "", "more": 1}, {}, 422),
        (report, {"reason": "a\0b"}, {}, 422),
        (report, {"reason": ""}, {"Origin": "https://evil.example"}, 403),
        (report, {"reason": ""}, other, 403),
        (report, {"reason": ""}, bearer(new_token("st_")), 401),
    ):
        assert client.post(address, json=sent, headers=headers).status_code == expected
    with house.database.reading() as db:
        assert db.scalars(select(Report)).all() == []
        assert db.get_one(Comment, approved).reported == 0


def test_too_many_reports_have_to_wait(limited_client, client, site, house):
    for number in range(11):
        told = client.post(COMMENTS, json=guest_comment(site, name=f"Alice {number}")).json
        decide(house, told["id"], Status.approved)
        answer = limited_client.post(f"{COMMENTS}/{told['id']}/report", json={"reason": "x"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def _other_site(house):
    with house.database.transaction() as db:
        return make.site(db).key


# --- taking one's data away -------------------------------------------------------------------------------------------


def test_one_takes_away_all_that_is_kept_about_oneself_and_nothing_of_others(client, site, house, key, approved):
    token, person_id = session_token(house, site, name="Carol", email="carol@mail.example")
    headers = bearer(token)
    told = client.post(COMMENTS, json=guest_comment(site, guest=None, body_text="First words."), headers=headers).json
    client.patch(f"{COMMENTS}/{told['id']}", json={"body": "Second words."}, headers=headers)
    sent = {"comments": [told["id"]], "status": "spam", "reason": "A note among moderators."}
    client.post("/api/v1/decisions", json=sent, headers=key)
    client.put(f"{COMMENTS}/{approved}/like", headers=headers)
    client.put(f"/api/v1/pages/like?site={site}&page=/her", headers=headers)
    client.post(f"{COMMENTS}/{approved}/report", json={"reason": "My reason."}, headers=headers)
    answer = client.get("/api/v1/me/export", headers=headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    data = answer.json
    assert (data["person"]["id"], data["person"]["email"]) == (person_id, "carol@mail.example")
    (comment,) = data["comments"]
    assert [version["body"] for version in comment["versions"]] == ["First words.", "Second words."]
    # A writer is shown spam as waiting.
    assert (comment["status"], comment["decisions"]) == ("waiting", [])
    assert [like["comment"] for like in data["likes"]["comments"]] == [approved]
    assert [like["page"]["key"] for like in data["likes"]["pages"]] == ["/her"]
    assert [report["reason"] for report in data["reports"]] == ["My reason."]
    for other in ("A fine review.", "alice@mail.example", "The author", "A note among moderators.", token):
        assert other not in answer.text


def test_an_erased_person_leaves_no_name_no_like_and_no_word(client, site, house, approved):
    token, person_id = session_token(house, site, name="Carol")
    headers = bearer(token)
    told = client.post(COMMENTS, json=guest_comment(site, guest=None), headers=headers).json
    decide(house, told["id"], Status.approved)
    client.put(f"{COMMENTS}/{approved}/like", headers=headers)
    client.put(f"/api/v1/pages/like?site={site}&page=/her", headers=headers)
    client.post(f"{COMMENTS}/{approved}/report", json={"reason": "My reason."}, headers=headers)
    assert client.delete("/api/v1/me", headers=headers | {"Origin": "https://evil.example"}).status_code == 403
    assert "Carol" in str(read(client, site))
    assert client.delete("/api/v1/me", headers=headers).status_code == 204
    thread = read(client, site)
    assert [comment["id"] for comment in thread["comments"]] == [approved]
    assert (thread["page"]["likes"], thread["page"]["likers"], thread["comments"][0]["likes"]) == (0, [], 0)
    assert client.get("/api/v1/me/export", headers=headers).status_code == 401
    with house.database.reading() as db:
        assert db.scalars(select(Report.reason)).all() == [""]
        assert db.get_one(Person, person_id).name != "Carol"
        assert db.scalar(select(Page.likes).where(Page.key == "/her")) == 0
