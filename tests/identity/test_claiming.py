"""Who has confirmed an address may claim what guests wrote with it before, on the same site and nowhere else."""

import pytest

from moderation.foundation.tokens import new_id
from moderation.identity.guest import confirm_guest, earlier_comments
from moderation.journey import claim_earlier
from moderation.records import Ban, Comment, Note, Notice, Page, Person, Status, Subscription
from tests import make

ANN = "ann@mail.example"


@pytest.fixture
def site(db):
    return make.site(db)


@pytest.fixture
def page(db, site):
    return make.page(db, site)


def guest(db, page, *, email=ANN, status=Status.waiting, **more):
    person = make.person(db, page.site, provider="guest", name="Ann", email=email)
    return make.comment(db, page, person, status=status, **more)


@pytest.fixture
def confirmed(db, page):
    return confirm_guest(db, comment=guest(db, page), now=make.NOW)


def claim(db, person):
    number = claim_earlier(db, person.id, now=make.NOW)
    db.flush()
    db.expire_all()
    return number


def test_earlier_comments_with_the_address_become_ones_own_as_they_stand(db, site, page, confirmed):
    comments = [guest(db, page, status=status) for status in Status]
    db.refresh(page)
    counted = page.approved
    assert earlier_comments(db, confirmed, now=make.NOW) == len(Status) - 1
    assert claim(db, confirmed) == len(Status)
    for comment, status in zip(comments, Status, strict=True):
        moved = db.get_one(Comment, comment.id)
        assert (moved.person_id, moved.status) == (confirmed.id, status)
    assert db.get_one(Page, page.id).approved == counted
    assert earlier_comments(db, confirmed, now=make.NOW) == 0
    assert claim(db, confirmed) == 0


def test_what_moderators_noted_about_a_guest_goes_along(db, page, confirmed):
    make.note(db, guest(db, page).person, "Met at the fair.")
    claim(db, confirmed)
    assert db.query(Note).one().person_id == confirmed.id


def test_pages_where_readers_see_a_change_say_so_and_no_others(db, site, page, confirmed):
    seen, unseen = page, make.page(db, site)
    guest(db, seen, status=Status.approved)
    guest(db, unseen)
    before = (seen.revision, unseen.revision)
    claim(db, confirmed)
    assert (db.get_one(Page, seen.id).revision, db.get_one(Page, unseen.id).revision) == (before[0] + 1, before[1])


def test_other_addresses_other_sites_and_people_who_signed_in_are_left_alone(db, site, page, confirmed):
    other = make.page(db, make.site(db))
    theirs = [
        guest(db, page, email="ann@mail.example.org"),
        guest(db, page, email="xann@mail.example"),
        guest(db, page, email=None),
        guest(db, other),
        make.comment(db, page, make.person(db, site, email=ANN, email_verified=True)),
    ]
    owners = [comment.person_id for comment in theirs]
    assert claim(db, confirmed) == 0
    assert [db.get_one(Comment, comment.id).person_id for comment in theirs] == owners


def test_who_has_confirmed_nothing_can_claim_nothing(db, site, page):
    first, _second = guest(db, page), guest(db, page)
    assert earlier_comments(db, first.person, now=make.NOW) == 0
    assert claim(db, first.person) == 0
    signed_in = make.person(db, site, email=ANN, email_verified=True)
    assert claim(db, signed_in) == 0


def ban(db, person, **more):
    db.add(Ban(id=new_id("b", make.NOW), site_id=person.site_id, person_id=person.id, created_at=make.NOW, **more))
    db.flush()


def test_who_is_banned_stays_banned_and_keeps_what_it_wrote(db, page, confirmed):
    banned, pardoned = guest(db, page), guest(db, page)
    troll = banned.person_id
    ban(db, banned.person)
    ban(db, pardoned.person, lifted_at=make.NOW)
    ban(db, confirmed)
    assert claim(db, confirmed) == 1
    assert db.get_one(Comment, banned.id).person_id == troll
    assert {row.person_id for row in db.query(Ban)} == {troll, confirmed.id}


def test_wishes_to_be_told_go_along_and_a_no_stays_a_no(db, site, page, confirmed):
    wanted, stopped = make.page(db, site), make.page(db, site)
    for where, ended_at in ((wanted, None), (stopped, make.NOW)):
        person = guest(db, where).person
        row = Subscription(page_id=where.id, person_id=person.id, created_at=make.NOW, ended_at=ended_at)
        db.add(row)
    db.flush()
    claim(db, confirmed)
    assert db.get_one(Subscription, (wanted.id, confirmed.id)).confirmed_at is not None
    assert db.get_one(Subscription, (stopped.id, confirmed.id)).ended_at is not None


def test_the_guest_that_was_is_gone_and_notices_to_it_are_not(db, page, confirmed):
    comment = guest(db, page)
    former = comment.person_id
    notice = Notice(
        id=new_id("n", make.NOW),
        key="k",
        channel="mail",
        kind="new_comment",
        site_id=page.site_id,
        comment_id=comment.id,
        person_id=former,
        due_at=make.NOW,
        created_at=make.NOW,
    )
    db.add(notice)
    db.flush()
    claim(db, confirmed)
    assert db.get(Person, former) is None
    assert db.get_one(Notice, notice.id).person_id == confirmed.id
