"""Daily sums: what is counted of each day, when it is counted anew, and what stays when comments go."""

from datetime import UTC, date, datetime, timedelta

import pytest

from moderation.foundation.days import bounds, zone
from moderation.foundation.tokens import digest, new_token
from moderation.identity.purge import purge as purge_sign_ins
from moderation.intake.purge import traceable
from moderation.records import Attempt, Comment, Daily, DecidedBy, Finding, Person, Status, Verdict
from moderation.review import old_spam
from moderation.review.configure import configure
from moderation.review.daily import count, count_day, percentile, stale_days
from moderation.review.decide import decide
from moderation.review.statistics import Funnel, RuleFigures, statistics
from tests import make

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def written(db, page, person, *, at=NOON, status=Status.waiting, took=None, rule=None, verdict=Verdict.hold):
    comment = make.comment(db, page, person, now=at)
    if rule:
        db.add(
            Finding(
                id=f"f_{comment.id}",
                comment_id=comment.id,
                number=1,
                rule=rule,
                verdict=verdict,
                sentence="It is.",
                created_at=at,
            )
        )
    if status is not Status.waiting:
        decide(db, comment.id, status, by=DecidedBy.moderator, now=at + (took or timedelta(minutes=1)))
    return comment


def seen(db, site, first=DAY, last=DAY):
    return statistics(db, site.id, first=first, last=last)


@pytest.fixture
def site(db):
    return make.site(db)


@pytest.fixture
def page(db, site):
    return make.page(db, site)


@pytest.fixture
def person(db, site):
    return make.person(db, site)


def test_a_day_is_counted_by_status_time_rule_and_page(db, site, page, person):
    for minutes in (1, 2, 3, 60):
        took = timedelta(minutes=minutes)
        written(db, page, person, status=Status.approved, took=took, rule="many_links")
    written(db, page, person, status=Status.spam, took=timedelta(minutes=4), rule="many_links")
    written(db, page, person, rule="many_links")
    count_day(db, site.id, DAY, UTC)
    found = seen(db, site)
    assert {status: numbers for status, numbers in found.comments.items() if numbers != (0,)} == {
        Status.approved: (4,),
        Status.spam: (1,),
        Status.waiting: (1,),
    }
    assert (found.median, found.p90, found.decided) == ((180,), (3600,), (5,))
    assert found.rules == (RuleFigures(rule="many_links", noticed=6, judged=5, otherwise=4),)
    assert [(one.title, one.comments) for one in found.pages] == [("Her", 4)]


def test_counting_twice_is_counting_once(db, site, page, person):
    written(db, page, person, status=Status.approved)
    count_day(db, site.id, DAY, UTC)
    before = seen(db, site)
    count_day(db, site.id, DAY, UTC)
    assert seen(db, site) == before


def test_a_day_without_anything_leaves_nothing(db, site):
    count_day(db, site.id, DAY, UTC)
    assert db.query(Daily).count() == 0


def test_only_the_days_that_changed_are_counted_anew(db, site, page, person):
    now = NOON + timedelta(days=10)
    old = written(db, page, person)
    written(db, page, person, at=NOON + timedelta(days=3))
    assert stale_days(db, site, now)[0] == DAY
    assert len(stale_days(db, site, now)) == 11
    site.counted_at = now
    assert list(stale_days(db, site, now + timedelta(minutes=1))) == []
    decide(db, old.id, Status.approved, by=DecidedBy.moderator, now=now + timedelta(minutes=1))
    assert list(stale_days(db, site, now + timedelta(minutes=2))) == [DAY]


def test_the_worker_counts_all_sites_and_then_what_changed(database):
    with database.transaction() as db:
        site = make.site(db)
        page, person = make.page(db, site), make.person(db, site)
        written(db, page, person)
    count(database, now=NOON + timedelta(days=2), go_on=lambda: True)
    with database.reading() as db:
        assert seen(db, site).comments[Status.waiting] == (1,)
    with database.transaction() as db:
        decide(db, db.query(Comment).one().id, Status.spam, by=DecidedBy.moderator, now=NOON + timedelta(days=2))
    count(database, now=NOON + timedelta(days=2, minutes=1), go_on=lambda: True)
    with database.reading() as db:
        found = seen(db, site).comments
    assert (found[Status.waiting], found[Status.spam]) == ((0,), (1,))


def test_days_are_those_of_the_sites_time_zone(db, site, page, person):
    written(db, page, person, at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    site.counted_at = NOON
    configure(db, site, {"time_zone": "Europe/Berlin"})
    assert site.counted_at is None
    there = zone("Europe/Berlin")
    assert list(stale_days(db, site, NOON + timedelta(days=1))) == [date(2026, 11, 23)]
    assert bounds(date(2026, 3, 29), there)[1] - bounds(date(2026, 3, 29), there)[0] == timedelta(hours=23)


def test_spam_that_is_deleted_stays_in_the_sums(db, site, page, person):
    guest = make.person(db, site, provider="guest")
    gone = written(db, page, guest, status=Status.spam)
    kept = written(db, page, person, status=Status.spam, took=timedelta(days=40))
    answered = written(db, page, person, status=Status.spam)
    make.comment(db, page, person, parent=answered, now=NOON)
    count_day(db, site.id, DAY, UTC)
    before = seen(db, site).comments[Status.spam]
    configure(db, site, {"spam_days": 30})
    now, ids = NOON + timedelta(days=60), [gone.id, kept.id, answered.id]
    assert old_spam.count_old_spam(db, site, days=30, now=now) == 1
    assert (old_spam.purge(db, now=now), old_spam.purge(db, now=now)) == (1, 0)
    db.expire_all()
    assert [db.get(Comment, comment_id) is not None for comment_id in ids] == [False, True, True]
    assert db.query(Person).filter_by(provider="guest").count() == 0
    count_day(db, site.id, DAY, UTC)
    assert seen(db, site).comments[Status.spam] == before


def test_spam_is_kept_where_the_owner_set_nothing(db, site, page, person):
    written(db, page, person, status=Status.spam)
    assert old_spam.purge(db, now=NOON + timedelta(days=3000)) == 0


def attempt(db, site, *, provider="github", person_id=None, at=NOON):
    values = {"origin": make.BLOG, "page": make.BLOG + "/her", "challenge": "c" * 43, "nonce": "n", "verifier": "v"}
    db.add(
        Attempt(
            id=new_token()[:22],
            site_id=site.id,
            provider=provider,
            cookie=digest(new_token()),
            state=digest(new_token()),
            created_at=at,
            expires_at=at + timedelta(minutes=10),
            person_id=person_id,
            **values,
        )
    )
    db.flush()


def test_sign_ins_are_counted_once_when_they_are_forgotten_and_before(db, site, person):
    attempt(db, site)
    attempt(db, site, person_id=person.id)
    attempt(db, site, provider="x")
    wanted = (Funnel(provider="github", started=2, finished=1), Funnel(provider="x", started=1, finished=0))
    assert seen(db, site).funnels == wanted
    while purge_sign_ins(db, now=NOON + timedelta(hours=2)):
        pass
    assert db.query(Attempt).count() == 0
    assert seen(db, site).funnels == wanted
    assert {row.name for row in db.query(Daily)} == {"github", "x"}


def test_percentiles_are_numbers_that_were_there():
    assert [percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share) for share in (50, 90, 100)] == [5, 9, 10]
    assert percentile([7], 50) == 7


def test_addresses_are_forgotten_after_the_sites_own_days(db, site, page, person):
    other = make.site(db)
    here = written(db, page, person)
    there = written(db, make.page(db, other), make.person(db, other))
    here.address_hash = there.address_hash = b"n" * 32
    configure(db, site, {"address_days": 3})
    assert list(traceable(db, now=NOON + timedelta(days=2), days=30)) == []
    assert list(traceable(db, now=NOON + timedelta(days=4), days=30)) == [here.id]
    assert set(traceable(db, now=NOON + timedelta(days=31), days=30)) == {here.id, there.id}
