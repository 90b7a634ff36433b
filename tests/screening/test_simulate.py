"""Trying a changed rule on comments that are decided, with the facts of their time, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from moderation.foundation.database import Database
from moderation.records import Comment, DecidedBy, Moderate, RuleSetting, Simulation, Site, Status, Verdict
from moderation.review.decide import decide
from moderation.screening import simulate
from moderation.screening.gather import gather
from moderation.screening.simulate import Change, Read, begin, changes, go_on
from tests import make

LATER = make.NOW + timedelta(days=3)


def read(html: str) -> Read:
    """Read a text; each word that ends in .example is a link."""
    text = html.removeprefix("<p>").removesuffix("</p>")
    return Read(text=text, links=tuple(f"https://{word}/" for word in text.split() if word.endswith(".example")))


@pytest.fixture
def open_site(database: Database) -> Site:
    with database.transaction() as db:
        return make.site(db, moderate=Moderate.none)


def write(database: Database, site: Site, body: str, status: Status, **person: Any) -> str:
    with database.transaction() as db:
        here = db.get_one(Site, site.id)
        return make.comment(db, make.page(db, here), make.person(db, here, **person), body=body, status=status).id


def begun(
    database: Database, site: Site, rule: str = "many_links", wanted: int | None = None, **options: Any
) -> Simulation:
    with database.transaction() as db:
        here = db.get_one(Site, site.id)
        owner = make.moderator(db, here)
        setting = RuleSetting(options=options)
        facts: dict[str, Any] = {"site_id": here.id, "moderator_id": owner.id, "policy": here.policy}
        return begin(db, **facts, rule=rule, setting=setting, wanted=wanted, now=LATER)


def found(database: Database, simulation: Simulation) -> tuple[Change, ...]:
    while simulation.finished_at is None:
        simulation = go_on(database, simulation, read=read, now=LATER)
    return changes(simulation.changed)


def test_what_would_change_is_told_with_how_it_was_decided(database: Database, open_site: Site) -> None:
    approved = write(database, open_site, "one.example and two.example", Status.approved)
    caught = write(database, open_site, "three.example or four.example", Status.spam)
    write(database, open_site, "without any", Status.approved)
    write(database, open_site, "nine.example eight.example", Status.waiting)
    told = found(database, begun(database, open_site, hold_above=1))
    assert [(one.before, one.after, one.status, one.count, one.comment_ids) for one in told] == [
        (Verdict.approve, Verdict.hold, Status.approved, 1, (approved,)),
        (Verdict.approve, Verdict.hold, Status.spam, 1, (caught,)),
    ]
    assert [one.against_you for one in told] == [True, False]


def test_a_rule_that_is_no_stricter_changes_nothing(database: Database, open_site: Site) -> None:
    write(database, open_site, "one.example and two.example", Status.approved)
    assert found(database, begun(database, open_site)) == ()


def test_a_looser_rule_tells_what_it_would_have_passed(database: Database) -> None:
    with database.transaction() as db:
        strict = make.site(db, moderate=Moderate.none, rules={"many_links": {"options": {"hold_above": 0}}})
    spam = write(database, strict, "bad.example", Status.spam)
    (one,) = found(database, begun(database, strict, hold_above=5))
    assert (one.before, one.after, one.comment_ids, one.against_you) == (Verdict.hold, Verdict.approve, (spam,), True)


def test_it_goes_on_in_pieces_to_the_number_that_was_wanted(
    database: Database, open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "PIECE", 2)
    ids = [write(database, open_site, f"n{number}.example", Status.approved) for number in range(7)]
    simulation = begun(database, open_site, wanted=5, hold_above=0)
    steps = []
    while simulation.finished_at is None:
        simulation = go_on(database, simulation, read=read, now=LATER)
        steps.append((simulation.done, simulation.wanted))
    assert steps == [(2, 5), (4, 5), (5, 5)]
    (one,) = changes(simulation.changed)
    assert one.comment_ids == tuple(reversed(ids))[:5]


def test_of_two_who_do_the_same_piece_one_counts(database: Database, open_site: Site) -> None:
    write(database, open_site, "one.example", Status.approved)
    simulation = begun(database, open_site, hold_above=0)
    first = go_on(database, simulation, read=read, now=LATER)
    second = go_on(database, simulation, read=read, now=LATER)
    assert (first.done, second.done) == (1, 1)
    assert changes(second.changed)[0].count == 1


def test_a_site_without_decided_comments_is_done_at_once(database: Database, open_site: Site) -> None:
    assert begun(database, open_site).finished_at == LATER


def test_what_was_decided_since_does_not_count_as_known_before(database: Database) -> None:
    """A writer's second comment, sent before the first was approved, was a first one still."""
    with database.transaction() as db:
        site = make.site(db, moderate=Moderate.first_timers)
        page, person = make.page(db, site), make.person(db, site)
        at = [make.NOW + timedelta(hours=hour) for hour in range(4)]
        first = make.comment(db, page, person, body="The first.", now=at[0])
        second = make.comment(db, page, person, body="A second one.", now=at[1])
        for comment in (first, second):
            decide(db, comment.id, Status.approved, by=DecidedBy.moderator, now=at[2])
        third = make.comment(db, page, person, body="And a third.", status=Status.approved, now=at[3])
    with database.reading() as db:
        sent = [db.get_one(Comment, one.id) for one in (first, second, third)]
        known = [
            gather(db, one, make.newest(db, one), text="", links=(), now=one.created_at, past=True).approved_before
            for one in sent
        ]
    assert known == [0, 0, 2]


def test_old_ones_are_forgotten(database: Database, open_site: Site) -> None:
    simulation = begun(database, open_site)
    with database.transaction() as db:
        assert simulate.purge(db, now=LATER + timedelta(hours=23)) == 0
        assert simulate.purge(db, now=LATER + timedelta(hours=25)) == 1
        assert db.get(Simulation, simulation.id) is None
