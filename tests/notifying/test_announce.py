"""Who is told of what: written once, and not more often than anybody wants to be told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.notifying import announce
from moderation.records import Mailed, Mails, Notice, Role, Status, Subscription
from tests import make

LATER = make.NOW + timedelta(hours=1)


def notices(db, kind):
    return list(db.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


@pytest.fixture
def site(db):
    return make.site(db, guest_email_confirmed=True)


@pytest.fixture
def page(db, site):
    return make.page(db, site)


def guest_comment(db, page, email="ann@example.org", **values):
    person = make.person(db, page.site, provider="guest", name="Ann", email=email)
    return make.comment(db, page, person, **values)


def receive(db, comment, subscribe=False, now=LATER):
    announce.received(db, comment=comment, site=comment.page.site, subscribe=subscribe, now=now)


def test_every_moderator_of_the_site_is_told_that_a_comment_waits(db, site, page):
    ours = {make.moderator(db, site).id, make.moderator(db, site, role=Role.moderator).id}
    make.moderator(db, make.site(db))
    receive(db, guest_comment(db, page))
    assert {notice.moderator_id for notice in notices(db, "waiting")} == ours


def test_an_approved_comment_makes_no_moderator_look(db, site, page):
    make.moderator(db, site)
    receive(db, guest_comment(db, page, status=Status.approved))
    assert notices(db, "waiting") == []


def test_announcing_twice_writes_one_notice(db, site, page):
    make.moderator(db, site)
    comment = guest_comment(db, page)
    for _ in range(2):
        receive(db, comment)
    assert len(notices(db, "waiting")) == 1
    assert len(notices(db, "confirm_guest")) == 1


def test_while_a_mail_about_waiting_comments_is_due_no_second_is_written(db, site, page):
    make.moderator(db, site)
    for _ in range(5):
        receive(db, guest_comment(db, page, email=None))
    assert len(notices(db, "waiting")) == 1


def test_a_comment_that_comes_while_the_mail_is_being_sent_gets_a_mail_of_its_own(db, site, page):
    make.moderator(db, site)
    receive(db, guest_comment(db, page))
    first = notices(db, "waiting")[0]
    first.lease, first.leased_until = "somebody's", LATER + timedelta(minutes=1)
    db.flush()
    receive(db, guest_comment(db, page))
    assert len(notices(db, "waiting")) == 2


def test_after_a_mail_the_next_waits_a_quarter_of_an_hour(db, site, page):
    make.moderator(db, site)
    receive(db, guest_comment(db, page))
    first = notices(db, "waiting")[0]
    first.finished, first.sent_at = True, LATER
    db.flush()
    receive(db, guest_comment(db, page), now=LATER + timedelta(minutes=1))
    assert notices(db, "waiting")[1].due_at == LATER + timedelta(minutes=15)


def test_one_address_gets_three_confirmation_mails_a_day_at_most(db, page):
    for case in ("ann@example.org", "Ann@example.org") * 4:
        receive(db, guest_comment(db, page, email=case))
    assert len(notices(db, "confirm_guest")) == 3
    receive(db, guest_comment(db, page), now=LATER + timedelta(days=1, minutes=1))
    assert len(notices(db, "confirm_guest")) == 4


@pytest.mark.parametrize("status", [Status.spam, Status.rejected, Status.withdrawn])
def test_what_is_not_wanted_sends_no_mail_to_the_address_somebody_typed(db, page, status):
    receive(db, guest_comment(db, page, status=status), subscribe=True)
    assert notices(db, "confirm_guest") == []


def test_who_has_no_address_or_is_signed_in_is_not_asked_to_confirm(db, site, page):
    receive(db, guest_comment(db, page, email=None), subscribe=True)
    receive(db, make.comment(db, page, make.person(db, site, email="bob@example.org")), subscribe=True)
    assert notices(db, "confirm_guest") == []


def test_a_guests_subscription_waits_for_the_confirmation_and_a_proven_address_does_not(db, site, page):
    guest = guest_comment(db, page)
    known = make.comment(db, page, make.person(db, site, email="bob@example.org", email_verified=True))
    for comment in (guest, known):
        receive(db, comment, subscribe=True)
    assert db.get(Subscription, (page.id, guest.person_id)).confirmed_at is None
    assert db.get(Subscription, (page.id, known.person_id)).confirmed_at == LATER


def test_where_the_owner_does_not_ask_for_it_only_a_subscriber_is_asked_to_confirm(db):
    page = make.page(db, make.site(db, guest_email_confirmed=False))
    receive(db, guest_comment(db, page))
    assert notices(db, "confirm_guest") == []
    receive(db, guest_comment(db, page), subscribe=True)
    assert len(notices(db, "confirm_guest")) == 1


def wish(db, moderator, now=LATER, **wishes):
    announce.wish(db, moderator, Mails(**wishes), now=now)


def test_who_wishes_for_a_daily_mail_gets_it_in_the_morning(db, site, page):
    wish(db, make.moderator(db, site), waiting=Mailed.daily, daily_hour=6)
    receive(db, guest_comment(db, page))
    (notice,) = notices(db, "waiting")
    assert notice.due_at == LATER.replace(day=23, hour=6, minute=0)


def test_who_wishes_for_no_mail_or_none_about_this_site_gets_none(db, site, page):
    wish(db, make.moderator(db, site), waiting=Mailed.never)
    wish(db, make.moderator(db, site), muted=[site.id])
    receive(db, guest_comment(db, page))
    assert notices(db, "waiting") == []


def test_a_new_wish_moves_what_is_due_already(db, site, page):
    moderator = make.moderator(db, site)
    receive(db, guest_comment(db, page))
    (notice,) = notices(db, "waiting")
    wish(db, moderator, waiting=Mailed.daily, daily_hour=6)
    assert notice.due_at == LATER.replace(day=23, hour=6, minute=0)
    wish(db, moderator, quiet_from=23)
    assert notice.due_at == LATER
    wish(db, moderator, waiting=Mailed.never)
    assert notice.dropped_at == LATER
    wish(db, moderator)
    receive(db, guest_comment(db, page))
    assert len(notices(db, "waiting")) == 2
