"""Sending, seeing, changing and withdrawing a comment over the API, as the contract says."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.foundation.tokens import digest
from moderation.records import Comment, Page, Person, PersonSession, Status, Submission, Version
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment, session_token


@pytest.fixture
def send(client, site):
    def send(*, headers=None, site=site, **changes):
        return client.post(
            COMMENTS, json=guest_comment(site, **changes), headers={"Origin": make.BLOG} | (headers or {})
        )

    return send


def test_a_guests_comment_is_stored_waiting_and_answered_whole(send, house):
    answer = send(body_text="Hello *there*.")
    assert answer.status_code == 201
    told = answer.json
    assert told["status"] == "waiting"
    assert told["html"].strip() == "<p>Hello <em>there</em>.</p>"
    assert told["body"] == "Hello *there*."
    assert told["author"] | {"id": ""} == {
        "id": "",
        "name": "Alice",
        "url": None,
        "avatar": f"/avatars/{told['author']['id']}.svg",
        "provider": "guest",
        "verified": False,
        "badge": None,
    }
    assert told["edit_token"].startswith("et_")
    assert "alice@mail.example" not in answer.text
    with house.database.reading() as db:
        comment = db.get_one(Comment, told["id"])
        assert (comment.status, comment.awaits, comment.version) == (Status.waiting, True, 1)
        assert comment.person.email == "alice@mail.example"


def test_what_waits_is_not_in_the_thread_and_what_is_approved_is(send, client, site, house):
    told = send().json
    address = f"/api/v1/thread?site={site}&page=/her"
    assert client.get(address).json["comments"] == []
    decide(house, told["id"], Status.approved)
    thread = client.get(address).json
    assert [comment["id"] for comment in thread["comments"]] == [told["id"]]
    assert thread["page"]["title"] == "Her"
    assert client.get(f"/api/v1/counts?site={site}&page=/her&page=/x").json == {"counts": {"/her": 1, "/x": 0}}


def test_the_same_key_and_body_get_the_first_answer_again(send, house):
    headers = {"Idempotency-Key": "abc"}
    first = send(headers=headers)
    decide(house, first.json["id"], Status.rejected)
    again = send(headers=headers)
    assert (again.status_code, again.json) == (201, first.json)
    assert _count(house, Comment) == 1


def test_the_same_key_with_another_body_is_refused(send, house):
    headers = {"Idempotency-Key": "abc"}
    send(headers=headers)
    other = send(headers=headers, body_text="Something else.")
    assert (other.status_code, other.json["field"]) == (422, "Idempotency-Key")
    assert _count(house, Comment) == 1


@pytest.mark.parametrize("key", ["schlüssel", "\xff", "", "k" * 65, "a\tb"])
def test_a_key_that_could_not_be_kept_is_refused_rather_than_ignored(send, house, key):
    answer = send(headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["field"]) == (422, "Idempotency-Key")
    assert _count(house, Comment) == 0


def test_another_guest_may_use_the_same_key(send, house):
    headers = {"Idempotency-Key": "abc"}
    send(headers=headers)
    assert send(headers=headers, name="Bob").status_code == 201
    assert _count(house, Comment) == 2


def test_one_submission_three_times_at_once_is_one_comment(app, site, house):
    def send(_):
        with app.test_client() as client:
            return client.post(
                COMMENTS, json=guest_comment(site), headers={"Origin": make.BLOG, "Idempotency-Key": "at once"}
            )

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send, range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert _count(house, Comment) == 1


def test_without_a_key_the_same_submission_is_two_comments(send, house):
    send(), send()
    assert _count(house, Comment) == 2


@pytest.mark.parametrize("origin", ["https://evil.example", "http://blog.example", "https://blog.example:8443", "null"])
def test_another_origin_is_refused_and_may_not_read_why(send, house, origin):
    answer = send(headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert _count(house, Page) == 0


def test_a_program_may_send_without_an_origin_but_not_for_another_blogs_page(client, site, house):
    assert client.post(COMMENTS, json=guest_comment(site)).status_code == 201
    elsewhere = client.post(COMMENTS, json=guest_comment(site, url="https://evil.example/her"))
    assert (elsewhere.status_code, elsewhere.json["field"]) == (403, "page.url")
    assert _count(house, Comment) == 1


def test_an_unknown_site_is_missing(send):
    assert send(site="nowhere").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body_text": " \n"}, "body"),
        ({"body_text": "x" * 8193}, "body"),
        ({"body_text": "a\x00b"}, "body"),
        ({"email": None}, "guest.email"),
        ({"email": "nonsense"}, "guest.email"),
        ({"name": "\u202eecila"}, "guest.name"),
        ({"name": "x" * 65}, "guest.name"),
        ({"website": "javascript:alert(1)"}, "guest.website"),
        ({"parent": "c_nothing"}, "parent"),
        ({"key": "x" * 513}, "page.key"),
        ({"url": "ftp://blog.example/"}, "page.url"),
        ({"guest": None}, "guest"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_stored(send, house, changes, field):
    answer = send(**changes)
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["field"] == field
    assert [_count(house, kind) for kind in (Comment, Version, Page, Person, Submission)] == [0, 0, 0, 0, 0]


def test_an_answer_stands_below_what_it_answers(send, client, site, house):
    parent = send().json["id"]
    assert send(parent=parent).json["field"] == "parent"
    decide(house, parent, Status.approved)
    answer = send(parent=parent).json
    assert (answer["parent"], answer["depth"]) == (parent, 1)


def test_a_guest_sees_changes_and_withdraws_with_the_edit_token(send, client, house):
    told = send().json
    address, bearer = f"{COMMENTS}/{told['id']}", {"Authorization": f"Bearer {told['edit_token']}"}
    assert client.get(address, headers=bearer).json["status"] == "waiting"
    changed = client.patch(address, json={"body": "Changed."}, headers=bearer)
    assert (changed.status_code, changed.json["body"]) == (200, "Changed.")
    assert client.delete(address, headers=bearer).status_code == 204
    assert client.delete(address, headers=bearer).status_code == 204
    assert client.get(address, headers=bearer).json["status"] == "withdrawn"
    assert client.patch(address, json={"body": "Again."}, headers=bearer).status_code == 409


def test_readers_keep_the_approved_text_while_an_edit_waits(send, client, site, house):
    told = send().json
    decide(house, told["id"], Status.approved)
    bearer = {"Authorization": f"Bearer {told['edit_token']}"}
    client.patch(f"{COMMENTS}/{told['id']}", json={"body": "canary"}, headers=bearer)
    address = f"/api/v1/thread?site={site}&page=/her"
    assert "canary" not in client.get(address).text
    decide(house, told["id"], Status.approved)
    (shown,) = client.get(address).json["comments"]
    assert "canary" in shown["html"]
    assert shown["edited_at"] is not None


@pytest.mark.parametrize("token", [None, "et_wrong", "st_unknown", "mk_unknown", "nonsense"])
def test_nobody_else_sees_or_touches_it(send, client, house, token):
    told = send().json
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"{COMMENTS}/{told['id']}"
    answers = [
        client.get(address, headers=headers),
        client.patch(address, json={"body": "Mine now."}, headers=headers),
        client.delete(address, headers=headers),
    ]
    assert {answer.status_code for answer in answers} <= {401, 403, 404}
    assert all("A fine review." not in answer.text for answer in answers)
    with house.database.reading() as db:
        comment = db.get_one(Comment, told["id"])
        assert (comment.status, comment.version) == (Status.waiting, 1)


def test_an_edit_token_opens_its_own_comment_only(send, client):
    first, second = send().json, send(name="Bob").json
    headers = {"Authorization": f"Bearer {first['edit_token']}"}
    assert client.get(f"{COMMENTS}/{second['id']}", headers=headers).status_code == 404


def test_the_time_to_edit_is_over_at_its_end(client, house):
    with house.database.transaction() as db:
        key = make.site(db, edit_window=0).key
    told = client.post(COMMENTS, json=guest_comment(key)).json
    headers = {"Authorization": f"Bearer {told['edit_token']}"}
    assert client.patch(f"{COMMENTS}/{told['id']}", json={"body": "Late."}, headers=headers).status_code == 403


def test_a_signed_in_person_comments_and_finds_it_again(client, house, site):
    token, person_id = session_token(house, site)
    headers = {"Origin": make.BLOG, "Authorization": f"Bearer {token}"}
    told = client.post(COMMENTS, json=guest_comment(site, guest=None), headers=headers)
    assert told.status_code == 201, told.text
    assert "edit_token" not in told.json
    assert told.json["author"]["id"] == person_id
    me = client.get(f"/api/v1/me?site={site}&page=/her", headers=headers).json
    assert me["person"]["name"] == "Alice"
    assert [comment["id"] for comment in me["comments"]] == [told.json["id"]]


def test_what_was_rejected_lately_is_told_to_its_writer_with_the_reason_that_is_meant_for_it(client, house, site):
    token, _ = session_token(house, site)
    headers = {"Origin": make.BLOG, "Authorization": f"Bearer {token}"}
    sent = [client.post(COMMENTS, json=guest_comment(site, guest=None), headers=headers).json["id"] for _ in range(3)]
    lately, before = house.now(), house.now() - timedelta(days=31)
    with house.database.transaction() as db:
        for comment_id, told, now in zip(sent, (True, False, True), (lately, lately, before), strict=True):
            values = {"by": make.DecidedBy.moderator, "reason": "Please be kind.", "told": told, "now": now}
            make.decide(db, comment_id, Status.rejected, **values)
    mine = client.get(f"/api/v1/me?site={site}&page=/her", headers=headers).json["comments"]
    assert [(one["id"], one["status"], one["reason"]) for one in mine] == [
        (sent[0], "rejected", "Please be kind."),
        (sent[1], "rejected", None),
    ]


def test_a_trusted_persons_comment_is_approved_at_once(client, house, site):
    token, person_id = session_token(house, site)
    with house.database.transaction() as db:
        db.get_one(Person, person_id).trusted_at = make.NOW
    headers = {"Origin": make.BLOG, "Authorization": f"Bearer {token}"}
    told = client.post(COMMENTS, json=guest_comment(site, guest=None), headers=headers).json
    assert told["status"] == "approved"
    thread = client.get(f"/api/v1/thread?site={site}&page=/her").json
    assert [comment["id"] for comment in thread["comments"]] == [told["id"]]


def test_spam_is_shown_to_its_writer_as_waiting(client, house):
    rules = {"many_links": {"options": {"spam_above": 2, "hold_above": 1}}}
    with house.database.transaction() as db:
        key = make.site(db, rules=rules).key
    links = " ".join(f"https://shop{number}.example/" for number in range(12))
    told = client.post(COMMENTS, json=guest_comment(key, body_text=links)).json
    assert told["status"] == "waiting"
    with house.database.reading() as db:
        assert db.get_one(Comment, told["id"]).status is Status.spam


def test_a_session_works_on_its_own_site_and_origin_only(client, house, site):
    token, _ = session_token(house, site)
    bearer = {"Authorization": f"Bearer {token}"}
    with house.database.transaction() as db:
        other = make.site(db).key
    assert client.get(f"/api/v1/me?site={other}", headers=bearer | {"Origin": make.BLOG}).status_code == 403
    answer = client.get(f"/api/v1/me?site={site}", headers=bearer | {"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_closed_page_takes_nothing_more(send, house, site):
    send()
    with house.database.transaction() as db:
        db.scalars(select(Page)).one().closed_at = make.NOW
    assert send(name="Bob").status_code == 403
    assert _count(house, Comment) == 1


def test_a_site_without_guests_asks_to_sign_in(client, house):
    with house.database.transaction() as db:
        key = make.site(db, guests_allowed=False).key
    assert client.post(COMMENTS, json=guest_comment(key)).status_code == 401


def test_a_preview_looks_like_the_comment_will(client, site):
    answer = client.post("/api/v1/preview", json={"site": site, "body": "**now** <script>alert(1)</script>"})
    assert "<strong>now</strong>" in answer.json["html"]
    assert "<script" not in answer.json["html"]


def test_a_title_from_a_stranger_is_not_public_before_an_approval(send, client, site):
    send(title="BUY PILLS")
    assert "PILLS" not in client.get(f"/api/v1/thread?site={site}&page=/her").text


def test_the_first_title_stays(send, client, site, house):
    first = send().json
    send(name="Bob", title="BUY PILLS")
    decide(house, first["id"], Status.approved)
    assert client.get(f"/api/v1/thread?site={site}&page=/her").json["page"]["title"] == "Her"


def test_nothing_stored_is_a_token_or_an_address(send, house):
    told = send().json
    with house.database.reading() as db:
        comment = db.get_one(Comment, told["id"])
        assert comment.address_hash is not None
        assert len(comment.address_hash) == 32
        assert "127.0.0.1" not in json.dumps(str(comment.__dict__))


def _count(house, kind):
    with house.database.reading() as db:
        return db.scalar(select(func.count()).select_from(kind))


def test_a_guest_who_is_too_quick_is_told_when_to_come_back(limited_client, site):
    answers = [limited_client.post(COMMENTS, json=guest_comment(site, body_text=f"Number {n}.")) for n in range(8)]
    assert [answer.status_code for answer in answers] == [201] * 6 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_what_is_refused_or_repeated_does_not_count_against_the_limit(limited_client, site):
    for _ in range(20):
        assert limited_client.post(COMMENTS, json=guest_comment(site, body_text=" ")).status_code == 422
    headers = {"Idempotency-Key": "again"}
    for _ in range(20):
        assert limited_client.post(COMMENTS, json=guest_comment(site), headers=headers).status_code == 201
    for number in range(5):
        body = guest_comment(site, body_text=f"Number {number}.")
        assert limited_client.post(COMMENTS, json=body).status_code == 201
    assert limited_client.post(COMMENTS, json=guest_comment(site, body_text="One more.")).status_code == 429
    assert limited_client.post(COMMENTS, json=guest_comment(site), headers=headers).status_code == 201


def test_a_session_in_use_lives_on_and_an_idle_one_ends(client, house, site):
    token, _ = session_token(house, site)
    headers = {"Authorization": f"Bearer {token}"}
    now = house.now()
    for idle, status in ((timedelta(days=29), 200), (timedelta(days=31), 401)):
        with house.database.transaction() as db:
            session = db.get_one(PersonSession, digest(token))
            session.seen_at = now - idle
        assert client.get(f"/api/v1/me?site={site}", headers=headers).status_code == status
        with house.database.reading() as db:
            seen_at = db.get_one(PersonSession, digest(token)).seen_at
        assert (seen_at >= now) == (status == 200)
