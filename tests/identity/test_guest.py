"""A guest who answers the mail becomes a person who can be known again."""

import threading

import pytest
from sqlalchemy import func, select

from moderation.foundation.errors import Refused
from moderation.identity.guest import confirm_guest
from moderation.records import Comment, Page, Person, Status, Subscription
from tests import make


@pytest.fixture
def site(db):
    return make.site(db)


def comment_by(db, site, email="Ann@Example.org", **values):
    page = make.page(db, site)
    return make.comment(db, page, make.person(db, site, provider="guest", name="Ann", email=email), **values)


def test_a_confirmed_guest_is_known_by_the_address_in_lower_case(db, site):
    comment = comment_by(db, site)
    person = confirm_guest(db, comment=comment, now=make.NOW)
    assert (person.issuer, person.subject, person.email_verified) == ("mailto:", "ann@example.org", True)
    assert comment.person is person
    assert person.trusted_at is None


def test_confirming_twice_changes_nothing(db, site):
    comment = comment_by(db, site)
    assert confirm_guest(db, comment=comment, now=make.NOW) is confirm_guest(db, comment=comment, now=make.NOW)
    assert db.scalar(select(func.count(Person.id))) == 1


def test_a_second_comment_of_the_same_address_goes_to_the_same_person(db, site):
    first, second = comment_by(db, site), comment_by(db, site, email="ann@example.ORG")
    person = confirm_guest(db, comment=first, now=make.NOW)
    assert confirm_guest(db, comment=second, now=make.NOW) is person
    assert second.person is person


def test_what_somebody_else_signed_with_the_address_stays_where_it_is(db, site):
    mine, forged = comment_by(db, site), comment_by(db, site)
    assert confirm_guest(db, comment=mine, now=make.NOW).id != forged.person_id


def test_a_person_stays_on_one_site(db, site):
    here, there = comment_by(db, site), comment_by(db, make.site(db))
    persons = {confirm_guest(db, comment=comment, now=make.NOW).id for comment in (here, there)}
    assert len(persons) == 2


def test_an_address_that_a_signed_in_person_has_does_not_join_them(db, site):
    person = make.person(db, site, email="ann@example.org", email_verified=True)
    comment = comment_by(db, site)
    assert confirm_guest(db, comment=comment, now=make.NOW).id != person.id


def test_without_an_address_there_is_nothing_to_confirm(db, site):
    with pytest.raises(Refused):
        confirm_guest(db, comment=comment_by(db, site, email=None), now=make.NOW)


def test_the_subscription_of_the_comment_is_confirmed_and_goes_along(db, site):
    confirm_guest(db, comment=comment_by(db, site), now=make.NOW)
    comment = comment_by(db, site)
    db.add(Subscription(page_id=comment.page_id, person_id=comment.person_id, created_at=make.NOW))
    db.flush()
    person = confirm_guest(db, comment=comment, now=make.NOW)
    (subscription,) = db.scalars(select(Subscription))
    assert (subscription.person_id, subscription.confirmed_at) == (person.id, make.NOW)


def test_readers_see_a_new_page_when_a_shown_comment_changes_hands(db, site):
    confirm_guest(db, comment=comment_by(db, site), now=make.NOW)
    comment = comment_by(db, site, status=Status.approved)
    before = comment.page.revision
    confirm_guest(db, comment=comment, now=make.NOW)
    assert db.get(Page, comment.page_id).revision == before + 1


def test_two_comments_confirmed_at_the_same_moment_belong_to_one_person(database):
    with database.transaction() as db:
        site = make.site(db)
        ids = [comment_by(db, site).id for _ in range(4)]
    go, failures = threading.Barrier(4), []

    def confirm(comment_id):
        go.wait()
        try:
            with database.transaction() as db:
                confirm_guest(db, comment=db.get(Comment, comment_id), now=make.NOW)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=confirm, args=(comment_id,)) for comment_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.reading() as db:
        assert len(set(db.scalars(select(Comment.person_id)))) == 1
