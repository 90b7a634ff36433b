"""The page of all bans: of whom, why, until when, by whom; found by words, and lifted with a way back."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete

from moderation.journey import ban
from moderation.records import Ban, Comment, Membership, Moderator, Role
from moderation.review.banned import AT_ONCE
from tests import make
from tests.web.author.conftest import ROOM

BANS = "/dashboard/oak/bans"
HISTORY = "/dashboard/oak/history"


@pytest.fixture
def app(start_app, database_url):
    return start_app(database_url=database_url)


@pytest.fixture
def bans(house, blog):
    """Alice is banned for a week; the address that Bob wrote from, for good."""
    with house.database.transaction() as db:
        page = make.page(db, blog["site"])
        ada = db.get_one(Moderator, blog["ada"].id)
        alice, bob = (make.person(db, page.site, name=name) for name in ("Alice", "Bob"))
        comment = make.comment(db, page, bob, now=house.now())
        comment.address_hash = b"n" * 32
        db.flush()
        given = {"moderator": ada, "now": house.now()}
        week = ban(db, "ban", alice.id, lasts=timedelta(days=7), reason="Shouts at the birds.", **given)
        address = ban(db, "ban_address", comment.id, lasts=None, **given)
    return {"alice": week.after["ban"], "address": address.after["ban"], "comment": comment.id, "person": alice.id}


def listed(ada, query=""):
    """Return the ids of the bans on the page."""
    return set(re.findall(r'<li id="(b_\w+)"', ada.text(f"{BANS}{query}")))


def standing(house):
    with house.database.reading() as db:
        return {row.id for row in db.query(Ban).filter_by(lifted_at=None)}


def press_undo(ada, place):
    action = re.search(r'name="action" value="(\w+)"', ada.text(place))[1]
    return ada.send("/dashboard/undo", action=action, back=place)


def test_who_is_banned_why_until_when_and_by_whom(ada, bans):
    text = ada.text(BANS)
    assert listed(ada) == {bans["alice"], bans["address"]}
    for said in (
        "2 bans in force",
        "Alice",
        "Shouts at the birds.",
        "Until",
        "For good; banned by",
        "Ada",
        "by <bdi>Bob",
    ):
        assert said in text
    assert 'href="/dashboard/bans"' in ada.text(ROOM)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=alic", {"alice"}),
        ("?q=BIRDS", {"alice"}),
        ("?q=ada+bob", {"address"}),
        ("?q=%25", set()),
        ("?q=%00", {"alice", "address"}),
        ("?of=people", {"alice"}),
        ("?of=addresses", {"address"}),
        ("?over=1", set()),
    ],
)
def test_they_are_found_by_words_and_by_kind(ada, bans, query, found):
    assert listed(ada, query) == {bans[name] for name in found}


def test_a_ban_is_lifted_and_the_lifting_taken_back(ada, house, bans):
    for name in ("alice", "address"):
        everything = standing(house)
        for _ in range(2):
            assert ada.send(f"{ROOM}bans/lift", ban=bans[name], back=BANS).status_code == 303
        assert standing(house) == everything - {bans[name]}
        assert listed(ada, "?over=1") == {bans[name]}
        assert "lifted the ban of" in ada.text(HISTORY)
        press_undo(ada, HISTORY)
        assert standing(house) == everything


def test_a_ban_that_was_replaced_lifts_no_other(ada, house, blog, bans):
    with house.database.transaction() as db:
        mine = db.get_one(Moderator, blog["ada"].id)
        longer = ban(db, "ban", bans["person"], lasts=None, moderator=mine, now=house.now()).after["ban"]
    assert standing(house) == {longer, bans["address"]}
    ada.send(f"{ROOM}bans/lift", ban=bans["alice"], back=BANS)
    assert standing(house) == {longer, bans["address"]}


def test_the_message_takes_a_lifted_ban_back(ada, house, bans):
    ada.send(f"{ROOM}bans/lift", ban=bans["address"], back=BANS)
    press_undo(ada, BANS)
    assert listed(ada) == {bans["alice"], bans["address"]}


def test_the_ban_of_an_address_outlives_its_comment(ada, house, bans):
    with house.database.transaction() as db:
        db.execute(delete(Comment).where(Comment.id == bans["comment"]))
    assert "a comment that was deleted since" in ada.text(BANS)
    assert "what was deleted since" in ada.text(HISTORY)
    ada.send(f"{ROOM}bans/lift", ban=bans["address"], back=BANS)
    assert standing(house) == {bans["alice"]}


def test_what_ran_out_is_over(ada, house, bans):
    with house.database.transaction() as db:
        db.get_one(Ban, bans["alice"]).until = house.now() - timedelta(hours=1)
    assert (listed(ada), listed(ada, "?over=1")) == ({bans["address"]}, {bans["alice"]})
    assert "Ran out 1 hour ago" in ada.text(f"{BANS}?over=1")


def test_many_are_shown_slice_by_slice(ada, house, blog):
    with house.database.transaction() as db:
        for number in range(AT_ONCE + 1):
            db.add(make.ban(blog["site"], id=f"b_{number:022}", address_hash=b"n" * 32))
    first = listed(ada)
    following = re.search(r'href="/dashboard/oak/bans(\?after=b_\w+)"', ada.text(BANS))[1]
    assert (len(first), listed(ada, following)) == (AT_ONCE, {f"b_{0:022}"})


def test_nobody_banned_is_said_so(ada):
    assert "Nobody is banned." in ada.text(BANS)
    assert "No such ban." in ada.text(f"{BANS}?q=x")
    for query in ("?of=x", "?after=x"):
        assert ada.get(f"{BANS}{query}").status_code == 404


def test_a_moderator_lifts_what_a_moderator_may_ban_and_nobody_that_of_another_site(ada, house, blog, bans):
    with house.database.transaction() as db:
        db.get_one(Moderator, blog["ada"].id).memberships[0].role = Role.moderator
        elm = make.site(db, key="elm")
        strange = make.ban(elm, address_hash=b"n" * 32)
        db.add(strange)
    assert ada.send(f"{ROOM}bans/lift", ban=strange.id, back=BANS).status_code == 404
    assert ada.get("/dashboard/elm/bans").status_code == 404
    assert strange.id not in listed(ada)
    ada.send(f"{ROOM}bans/lift", ban=bans["alice"], back=BANS)
    assert standing(house) == {strange.id, bans["address"]}


def test_of_several_sites_the_page_says_which(ada, house, blog, bans):
    with house.database.transaction() as db:
        elm = make.site(db, key="elm")
        elm.name = "The elm"
        db.add(Membership(moderator_id=blog["ada"].id, site_id=elm.id, role=Role.moderator, created_at=make.NOW))
        db.add(make.ban(elm, address_hash=b"n" * 32))
    text = ada.text("/dashboard/bans")
    assert "3 bans in force" in text
    assert "on <bdi>The elm</bdi>" in text
