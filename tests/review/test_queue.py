"""The moderator's queue: complete, in order, with all one needs to decide."""

import random
from contextlib import closing
from itertools import combinations, product

import pytest
from sqlalchemy import event, text

from moderation.foundation.errors import Refused
from moderation.intake.edit import edit
from moderation.records import Finding, Status, Verdict, Version
from moderation.review.piece import Bounds, piece_of
from moderation.review.queue import Tab, Wanted, count, counts, queue
from tests import make


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def alice(db, page):
    return make.person(db, page.site)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_queue_cut_in_slices_is_whole_and_in_order(db, page, alice, newest_first):
    made = [make.comment(db, page, alice).id for _ in range(23)]
    found, after = [], None
    while True:
        part = queue(
            db, site_ids=[page.site_id], status=Status.waiting, after=after, limit=5, newest_first=newest_first
        )
        found += [item.comment.id for item in part.items]
        if part.next is None:
            break
        after = part.next
    assert found == (made[::-1] if newest_first else made)


def test_only_the_sites_asked_for_are_shown(db, page, alice):
    other = make.page(db, make.site(db))
    make.comment(db, other, make.person(db, other.site))
    mine = make.comment(db, page, alice)
    part = queue(db, site_ids=[page.site_id], status=Status.waiting)
    assert [item.comment.id for item in part.items] == [mine.id]
    assert counts(db, [page.site_id])[Status.waiting] == 1


def test_each_comment_comes_with_its_context(db, page, alice):
    parent = make.comment(db, page, alice, body="The first word.", status=Status.approved)
    make.comment(db, page, alice, status=Status.rejected)
    comment = make.comment(db, page, alice, body="An answer.", parent=parent)
    db.add(
        Finding(
            id="f_1", comment_id=comment.id, number=1, rule="many_links", verdict=Verdict.hold,
            sentence="It has 3 links.", created_at=make.NOW,
        )
    )  # fmt: skip
    db.flush()
    (item,) = queue(db, site_ids=[page.site_id], status=Status.waiting).items
    assert item.version.body == "An answer."
    assert (item.parent.id, item.parent_html) == (parent.id, "<p>The first word.</p>")
    assert [finding.sentence for finding in item.findings] == ["It has 3 links."]
    assert (item.approved_before, item.rejected_before, item.last_decision) == (1, 1, None)


def test_an_edit_of_an_approved_comment_waits_with_its_new_text(db, page, alice):
    comment = make.comment(db, page, alice, status=Status.approved)
    edit(db, comment, make.text("Changed."), policy=page.site.policy, now=comment.created_at)
    db.flush()
    (item,) = queue(db, site_ids=[page.site_id], status=Status.waiting).items
    assert (item.comment.id, item.version.body, item.comment.edit_waits) == (comment.id, "Changed.", True)
    found = counts(db, [page.site_id])
    assert (found[Status.waiting], found[Status.approved]) == (1, 1)
    make.decide(db, comment.id, Status.approved, by=make.DecidedBy.moderator, now=make.NOW)
    assert (comment.shown, comment.awaits) == (2, False)


@pytest.mark.parametrize("after", ["x", "2026-11-22T06:28:00~c_1", "~c_1", "2026-11-22T06:28:00+00:00~", "12"])
def test_a_place_that_is_none_is_refused(db, page, after):
    with pytest.raises(Refused):
        queue(db, site_ids=[page.site_id], status=Status.waiting, after=after)


# --- Filters ----------------------------------------------------------------------------------------------------------

FILTERS = {
    "page_id": ("g1", "g2"),
    "person_id": ("p1", "p2"),
    "provider": ("x", "guest"),
    "rule": ("many_links", "links"),
    "language": ("de", "en"),
    "links": (True,),
    "unanswered": (True,),
}


def crowd(db):
    """Two sites with comments of every kind; return the first site's id, and what is asked for by each filter."""
    chance = random.Random(5)
    sites = [make.site(db) for _ in range(2)]
    pages = [make.page(db, site) for site in sites for _ in range(2)]
    people = [make.person(db, site, provider=provider) for site in sites for provider in ("x", "guest", "github")]
    made = []
    for _ in range(60):
        page = chance.choice(pages)
        person = chance.choice([person for person in people if person.site_id == page.site_id])
        above = [one for one in made if one.page_id == page.id and one.status is Status.approved]
        parent = chance.choice(above) if above and chance.random() < 0.3 else None
        body = chance.choice(("Das ist nicht der Grund und auch die Frage.", "It is not what they said to you."))
        comment = make.comment(db, page, person, body=body, parent=parent, status=chance.choice(list(Status)))
        comment.links = chance.random() < 0.3
        comment.held_by = chance.choice(("", " many_links ", " links many_links ", " banned_person "))
        if comment.status is Status.approved and chance.random() < 0.3:
            comment.reported = 1
        if comment.status is Status.approved and chance.random() < 0.2:
            comment.latest, comment.awaits = 2, True
            db.add(Version(comment_id=comment.id, number=2, body=body, html="", body_hash=b"", created_at=make.NOW))
        made.append(comment)
    db.flush()
    ids = {"g1": pages[0].id, "g2": pages[2].id, "p1": people[0].id, "p2": people[3].id}
    return sites, made, {name: [ids.get(value, value) for value in values] for name, values in FILTERS.items()}


def belongs(comment, wanted):
    """Tell in Python, once more, whether a comment is wanted."""
    waits = comment.status is Status.waiting or (comment.status is Status.approved and comment.awaits)
    of_tab = {
        Tab.all: comment.status is not Status.withdrawn,
        Tab.reported: comment.reported > 0,
        Tab.waiting: waits,
    }.get(wanted.tab, comment.status.value == wanted.tab.value)
    return (
        of_tab
        and comment.site_id in wanted.site_ids
        and wanted.page_id in (None, comment.page_id)
        and wanted.person_id in (None, comment.person_id)
        and wanted.provider in (None, comment.provider)
        and wanted.language in (None, comment.language)
        and (wanted.rule is None or wanted.rule in comment.held_by.split())
        and (comment.links or not wanted.links)
        and (not comment.answers or not wanted.unanswered)
    )


def test_filters_show_just_what_they_say_alone_and_together(db):
    sites, made, filters = crowd(db)
    alone = [{name: value} for name, values in filters.items() for value in values]
    pairs = [{**one, **other} for one, other in combinations(alone, 2) if one.keys() != other.keys()]
    asked = [*product(Tab, [{}, *alone]), *product(Tab, random.Random(3).sample(pairs, 4))]
    for number, (tab, values) in enumerate(asked):
        ids = tuple(site.id for site in (sites if number % 2 else sites[:1]))
        wanted = Wanted(site_ids=ids, tab=tab, **values)
        expected = [comment.id for comment in made if belongs(comment, wanted)]
        found = piece_of(db, wanted, limit=200).found
        assert [one.comment_id for one in found] == expected, values
        assert count(db, wanted) == len(expected)
        if expected:
            backwards = piece_of(db, wanted, limit=3, newest_first=True, after=found[-1].place).found
            assert [one.comment_id for one in backwards] == expected[:-1][::-1][:3]


def test_every_list_filter_and_search_is_led_by_an_index(db):
    sites, _, filters = crowd(db)
    alone = [{}, *({name: values[0]} for name, values in filters.items()), {"search": "frage"}]
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        # So few rows are read quickest as they lie; what is left then could not be done otherwise.
        for way in ("seqscan", "sort", "bitmapscan"):
            db.execute(text(f"SET LOCAL enable_{way} = off"))
    plans = []

    def explain(connection, cursor, statement, parameters, context, many):
        if not statement.startswith("SELECT"):
            return
        with closing(connection.connection.cursor()) as asking:
            asking.execute(f"{'EXPLAIN QUERY PLAN' if is_sqlite else 'EXPLAIN'} {statement}", parameters)
            plans.extend((tab, values, str(row[-1])) for row in asking.fetchall())

    event.listen(db.connection(), "before_cursor_execute", explain)
    for few, tab, values in product((2000, 0), Tab, alone):
        if few == 0 and "search" not in values:
            continue
        wanted = Wanted(site_ids=(sites[0].id,), tab=tab, **values)
        for newest_first, after in product((False, True), (None, (make.NOW, "c_x"))):
            piece_of(db, wanted, limit=51, newest_first=newest_first, after=after, bounds=Bounds(few=few))
        count(db, wanted)
    event.remove(db.connection(), "before_cursor_execute", explain)
    wrong = ("SCAN comment", "SCAN search_entry", "TEMP B-TREE FOR ORDER BY", "Seq Scan")
    assert plans
    assert not [plan for plan in plans if any(way in plan[-1] for way in wrong)]


def test_counting_stops_where_nobody_reads_the_number(db, page, alice):
    for _ in range(4):
        make.comment(db, page, alice)
    assert count(db, Wanted(site_ids=(page.site_id,)), up_to=2) == 3
