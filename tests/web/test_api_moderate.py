"""Moderation over the API, with a personal key: the queue, decisions, undo, and who may."""

import pytest

from moderation.identity.personal_key import issue
from moderation.records import Comment, Site, Status
from tests import make
from tests.web.service import COMMENTS, guest_comment, session_token

DECISIONS = "/api/v1/decisions"


@pytest.fixture
def key(house, site):
    """The personal key of the site's owner, as a header."""
    with house.database.transaction() as db:
        owner = make.moderator(db, db.query(Site).filter_by(key=site).one())
        return {"Authorization": f"Bearer {issue(db, owner, 'script', now=house.now())}"}


@pytest.fixture
def stranger(house):
    """The personal key of another site's owner."""
    with house.database.transaction() as db:
        return {"Authorization": f"Bearer {issue(db, make.moderator(db, make.site(db)), 'x', now=house.now())}"}


@pytest.fixture
def waiting(client, site):
    return [client.post(COMMENTS, json=guest_comment(site, name=name)).json["id"] for name in ("Alice", "Bob", "Carol")]


def test_the_queue_shows_what_waits_and_why(client, site, key, waiting):
    told = client.get(f"/api/v1/queue?site={site}", headers=key).json
    assert [comment["id"] for comment in told["comments"]] == waiting
    assert told["counts"] == {"waiting": 3, "reported": 0, "approved": 0, "rejected": 0, "spam": 0}
    first = told["comments"][0]
    assert (first["status"], first["version"], first["email"]) == ("waiting", 1, "alice@mail.example")
    assert first["findings"][0]["sentence"]
    assert first["page"]["title"] == "Her"


def test_a_decision_is_made_shown_and_taken_back(client, site, key, waiting):
    results = client.post(DECISIONS, json={"comments": waiting[:2], "status": "approved"}, headers=key).json["results"]
    assert [(result["id"], result["status"], result["problem"]) for result in results] == [
        (waiting[0], "approved", None),
        (waiting[1], "approved", None),
    ]
    thread = f"/api/v1/thread?site={site}&page=/her"
    assert [comment["id"] for comment in client.get(thread).json["comments"]] == waiting[:2]
    undone = client.post(f"{DECISIONS}/{results[0]['decision']}/undo", headers=key)
    assert (undone.status_code, undone.json["status"]) == (200, "waiting")
    assert [comment["id"] for comment in client.get(thread).json["comments"]] == waiting[1:2]
    assert client.post(f"{DECISIONS}/{results[0]['decision']}/undo", headers=key).status_code == 409


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (1, "comments.0"),
        (["c_1"], "comments.0"),
        ("c" * 33, "comments.0"),
        ({"version": 1}, "comments.0.id"),
        ({"id": "c_1", "version": "1"}, "comments.0.version"),
        ({"id": "c_1", "version": True}, "comments.0.version"),
        ({"id": "c_1", "seen": 1}, "comments.0.seen"),
    ],
)
def test_a_wrong_entry_among_decisions_is_named_as_it_was_sent(client, key, entry, field):
    answer = client.post(DECISIONS, json={"comments": [entry], "status": "approved"}, headers=key)
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_a_personal_key_is_taken_from_pages_of_its_own_sites_only(client, site, house, key, waiting):
    with house.database.transaction() as db:
        make.site(db, origins=("https://other.example",))
    decision = {"comments": waiting[:1], "status": "approved"}

    def statuses(origin):
        headers = key | ({"Origin": origin} if origin else {})
        decided = client.post(DECISIONS, json=decision, headers=headers)
        undone = None if decided.status_code == 403 else decided.json["results"][0]["decision"]
        answers = [decided, client.get(f"/api/v1/queue?site={site}", headers=headers)]
        answers.append(client.post(f"{DECISIONS}/{undone or 'd_' + '0' * 22}/undo", headers=headers))
        return [answer.status_code for answer in answers]

    assert statuses(None) == statuses(make.BLOG) == [200, 200, 200]
    assert statuses("https://other.example") == statuses("https://evil.example") == statuses("null") == [403, 403, 403]


def test_the_slower_of_two_moderators_is_told(client, key, waiting):
    seen = {"comments": [{"id": waiting[0], "version": 1}]}
    first = client.post(DECISIONS, json=seen | {"status": "approved"}, headers=key).json["results"]
    second = client.post(DECISIONS, json=seen | {"status": "spam"}, headers=key).json["results"]
    assert (first[0]["problem"], second[0]["problem"]) == (None, "changed")
    assert second[0]["status"] == "approved"


def test_each_comment_of_a_batch_gets_its_own_result(client, key, waiting, house, site):
    client.post(DECISIONS, json={"comments": waiting[:1], "status": "approved"}, headers=key)
    mixed = [waiting[0], "c_nothing", {"id": waiting[1], "version": 7}, waiting[2]]
    results = client.post(DECISIONS, json={"comments": mixed, "status": "approved"}, headers=key).json["results"]
    assert [result["problem"] for result in results] == ["already", "missing", "changed", None]
    with house.database.reading() as db:
        assert db.get_one(Comment, waiting[1]).status is Status.waiting


def test_a_withdrawn_comment_cannot_be_decided(client, site, key):
    told = client.post(COMMENTS, json=guest_comment(site)).json
    client.delete(f"{COMMENTS}/{told['id']}", headers={"Authorization": f"Bearer {told['edit_token']}"})
    results = client.post(DECISIONS, json={"comments": [told["id"]], "status": "approved"}, headers=key).json["results"]
    assert results[0]["problem"] == "not_allowed"


def test_a_moderator_of_another_site_sees_and_decides_nothing(client, site, key, stranger, waiting):
    assert client.get(f"/api/v1/queue?site={site}", headers=stranger).status_code == 403
    results = client.post(DECISIONS, json={"comments": waiting, "status": "approved"}, headers=stranger).json["results"]
    assert {result["problem"] for result in results} == {"missing"}
    made = client.post(DECISIONS, json={"comments": waiting[:1], "status": "spam"}, headers=key).json["results"]
    assert client.post(f"{DECISIONS}/{made[0]['decision']}/undo", headers=stranger).status_code == 404


def test_only_a_personal_key_opens_moderation(client, site, house, waiting):
    token, _ = session_token(house, site)
    for headers, expected in (
        ({}, 401),
        ({"Authorization": "Bearer mk_unknown"}, 401),
        ({"Authorization": f"Bearer {token}"}, 403),
        ({"Authorization": "Basic x"}, 401),
    ):
        assert client.get(f"/api/v1/queue?site={site}", headers=headers).status_code == expected
        sent = {"comments": waiting, "status": "approved"}
        assert client.post(DECISIONS, json=sent, headers=headers).status_code == expected
        assert client.post(f"{DECISIONS}/d_x/undo", headers=headers).status_code == expected


@pytest.mark.parametrize(
    "sent",
    [
        {"comments": [], "status": "approved"},
        {"comments": ["c_x"], "status": "withdrawn"},
        {"comments": ["c_x"], "status": "approved", "more": 1},
        {"comments": [{"id": "c_x", "version": "1"}], "status": "approved"},
        {"comments": ["c_x"] * 101, "status": "approved"},
        {"comments": "c_x", "status": "approved"},
        {"comments": ["c_x"], "status": "approved", "reason": "x" * 501},
    ],
)
def test_a_decision_of_another_shape_is_refused(client, key, sent):
    answer = client.post(DECISIONS, json=sent, headers=key)
    assert answer.status_code == 422
    assert answer.json["field"]
