"""The thread that readers get: only what is approved, in order, whole however it is cut."""

import json
import random
from datetime import timedelta

import pytest
from sqlalchemy import text as sql

from moderation.foundation.errors import Refused
from moderation.publishing.counts import counts
from moderation.publishing.recent import recent
from moderation.publishing.thread import _ROOTS, SLICE, Sort, thread
from moderation.records import Avatar, Comment, Status
from tests import make


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def alice(db, page):
    return make.person(db, page.site)


def read(db, page, **how):
    db.flush()
    db.expire_all()
    return thread(db, page.site, page, now=make.NOW, **how)


def read_all(db, page, sort):
    entries, after, slices = [], None, 0
    while after or not slices:
        part = read(db, page, sort=sort, after=after)
        assert len(part["comments"]) <= SLICE
        entries += part["comments"]
        after, slices = part["next"], slices + 1
    return entries


def test_a_page_nobody_commented_on_is_an_empty_thread(db, page):
    assert thread(db, page.site, None, now=make.NOW) == {
        "site": page.site.key,
        "page": None,
        "count": 0,
        "revision": 0,
        "next": None,
        "comments": [],
    }


def test_a_comment_is_shown_as_the_contract_says(db, page, alice):
    comment = make.comment(db, page, alice, status=Status.approved, now=make.NOW)
    shown = read(db, page)
    assert shown == {
        "site": page.site.key,
        "page": {"key": page.key, "url": page.url, "title": "Her", "open": True, "likes": 0, "likers": []},
        "count": 1,
        "revision": 1,
        "next": None,
        "comments": [
            {
                "id": comment.id,
                "parent": None,
                "depth": 0,
                "html": "<p>A fine review.</p>",
                "created_at": "2026-11-22T06:28:00Z",
                "edited_at": None,
                "edited_by": None,
                "likes": 0,
                "pinned": False,
                "author": {
                    "id": alice.id,
                    "name": "Alice",
                    "url": None,
                    "avatar": f"/avatars/{alice.id}.svg",
                    "provider": "demo",
                    "verified": True,
                    "badge": None,
                },
            }
        ],
    }


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.approved])
def test_what_is_not_approved_is_nowhere(db, page, alice, status):
    top = make.comment(db, page, alice, body="visible", status=Status.approved)
    make.comment(db, page, alice, body="canary", status=status)
    make.comment(db, page, alice, body="canary", parent=top, status=status)
    shown = read(db, page)
    assert shown["count"] == len(shown["comments"]) == 1
    assert "canary" not in json.dumps([shown, recent(db, page.site, limit=100)])
    assert counts(db, page.site, [page.key, "/other"]) == {page.key: 1, "/other": 0}


def test_an_unapproved_parent_keeps_its_place_and_tells_nothing(db, page, alice):
    top = make.comment(db, page, alice, body="canary", status=Status.approved)
    answer = make.comment(db, page, alice, parent=top, status=Status.approved)
    make_rejected(db, top)
    shown = read(db, page)
    assert shown["comments"][0] == {"id": top.id, "removed": True, "parent": None, "depth": 0}
    assert (shown["comments"][1]["id"], shown["count"]) == (answer.id, 1)
    assert "canary" not in json.dumps(shown)


def test_only_an_image_of_ours_is_shown(db, page):
    bob = make.person(db, page.site, picture="https://elsewhere.example/tracker.png")
    make.comment(db, page, bob, status=Status.approved)
    assert read(db, page)["comments"][0]["author"]["avatar"] == f"/avatars/{bob.id}.svg"
    db.add(Avatar(id="0" * 32, small=b"", large=b"", created_at=make.NOW))
    db.flush()
    bob.avatar = "0" * 32
    assert read(db, page)["comments"][0]["author"]["avatar"] == f"/avatars/{'0' * 32}.webp"


@pytest.mark.parametrize("sort", Sort)
def test_any_thread_cut_in_slices_is_whole_and_in_order(db, page, alice, sort):
    chance = random.Random(sort.value)
    roots: list[Comment] = []
    approved: list[Comment] = []
    for number in range(270):
        parent = chance.choice(approved) if approved and chance.random() < 0.55 else None
        # Several at the same moment, so that ties are broken too.
        comment = make.comment(db, page, alice, parent=parent, now=make.NOW + timedelta(seconds=number // 3))
        comment.likes = chance.randrange(4)
        if chance.random() < 0.9:
            make_approved(db, comment)
            approved.append(comment)
            if parent is None:
                roots.append(comment)
    for root in chance.sample(roots, 12):
        root.pinned = True
    for comment in chance.sample(approved, 40):
        make_rejected(db, comment)
    db.flush()
    assert [entry["id"] for entry in read_all(db, page, sort)] == expected(db, page, sort)


@pytest.mark.parametrize("sort", Sort)
def test_what_is_pinned_comes_first_and_a_pin_taken_away_between_two_slices_loses_nothing(db, page, alice, sort):
    roots = [make.comment(db, page, alice, status=Status.approved) for _ in range(SLICE + 20)]
    chosen = roots[60]
    answer = make.comment(db, page, alice, parent=chosen, status=Status.approved)
    before = {entry["id"] for entry in read_all(db, page, sort)}
    chosen.pinned = True
    first = read(db, page, sort=sort)
    assert [entry["id"] for entry in first["comments"][:2]] == [chosen.id, answer.id]
    chosen.pinned = False
    rest = read(db, page, sort=sort, after=first["next"])
    assert {entry["id"] for entry in (*first["comments"], *rest["comments"])} == before


def test_a_slice_may_end_within_what_is_pinned(db, page, alice):
    roots = [make.comment(db, page, alice, status=Status.approved) for _ in range(SLICE + 5)]
    for root in roots[2:]:
        root.pinned = True
    entries = [entry["id"] for entry in read_all(db, page, Sort.oldest)]
    assert entries == [root.id for root in (*roots[2:], *roots[:2])]


def test_pinned_comments_are_found_by_their_own_index(db, page):
    if db.get_bind().dialect.name != "sqlite":
        return
    query = _ROOTS[Sort.oldest, True].params(page=page.id, most=SLICE)
    text = str(query.compile(db.get_bind(), compile_kwargs={"literal_binds": True}))
    plan = " ".join(row.detail for row in db.execute(sql(f"EXPLAIN QUERY PLAN {text}")))
    assert "ix_comment_pinned" in plan


def test_one_root_with_hundreds_of_answers_is_cut_too(db, page, alice):
    root = make.comment(db, page, alice, status=Status.approved)
    answers = [make.comment(db, page, alice, parent=root, status=Status.approved) for _ in range(2 * SLICE + 5)]
    last = make.comment(db, page, alice, status=Status.approved)
    entries = read_all(db, page, Sort.oldest)
    assert [entry["id"] for entry in entries] == [root.id, *(answer.id for answer in answers), last.id]


@pytest.mark.parametrize("after", ["", "~", "p~", "p1~c_1", "x~c_1", "1~c_1", "-1~", "99999999999~x", "1~"])
def test_a_place_that_is_none_is_refused(db, page, alice, after):
    make.comment(db, page, alice, status=Status.approved)
    if not after:
        assert read(db, page, after=after)["count"] == 1
        return
    with pytest.raises(Refused):
        read(db, page, after=after)


def test_a_place_on_another_page_is_refused(db, page, alice):
    elsewhere = make.comment(db, make.page(db, page.site), alice, status=Status.approved)
    with pytest.raises(Refused):
        read(db, page, after=f"0~{elsewhere.id}")


def test_a_page_closes_by_age(db):
    page = make.page(db, make.site(db, close_after_days=30))
    assert thread(db, page.site, page, now=make.NOW + timedelta(days=29))["page"]["open"] is True
    assert thread(db, page.site, page, now=make.NOW + timedelta(days=31))["page"]["open"] is False


def make_approved(db, comment):
    make.decide(db, comment.id, Status.approved, by=make.DecidedBy.moderator, now=make.NOW)


def make_rejected(db, comment):
    make.decide(db, comment.id, Status.rejected, by=make.DecidedBy.moderator, now=make.NOW)


def expected(db, page, sort):
    """The contract's order, worked out from all comments at once, the slow and plain way."""
    everything = db.query(Comment).filter_by(page_id=page.id).all()
    children: dict[str | None, list[Comment]] = {}
    for comment in everything:
        children.setdefault(comment.parent_id, []).append(comment)

    def stands(comment):
        return comment.status is Status.approved or any(stands(child) for child in children.get(comment.id, []))

    def place(comment):
        return comment.created_at, comment.id

    tops = sorted((comment for comment in children[None] if stands(comment)), key=place)
    if sort is Sort.newest:
        tops.reverse()
    if sort is Sort.best:
        tops.sort(key=lambda comment: -comment.likes)
    tops.sort(key=lambda comment: not (comment.pinned and comment.status is Status.approved))
    order = []
    for top in tops:
        below = [comment for comment in everything if comment.root_id == top.id and comment.depth and stands(comment)]
        order += [top, *sorted(below, key=place)]
    return [comment.id for comment in order]
