"""Going through a list in pieces: nothing is missed or shown twice, however little is looked through in one go."""

import random
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select, text

from moderation.intake.edit import edit
from moderation.records import Status
from moderation.records.search import ENTRIES, drop
from moderation.review.piece import Bounds, in_words, piece_of, place_in
from moderation.review.queue import Tab, Wanted, count
from tests import make

SMALL = Bounds(few=0, length=7, most=3)
WORDS = ("quiet", "quieter", "loud", "bright")


def scene(db):
    """Comments in the order of their numbers, which is not that of time; among them gaps, and those of another site."""
    chance = random.Random(7)
    pages = [make.page(db, make.site(db)) for _ in range(2)]
    people = {page.id: make.person(db, page.site) for page in pages}
    made = []
    for number in range(70):
        page, status = chance.choices(pages, (3, 1))[0], chance.choice(list(Status)[:4])
        # As if half of them had been imported afterwards.
        moment = make.NOW.replace(year=2020 if number > 35 else 2024, second=number % 60, minute=number // 60)
        body = " ".join(["it", *chance.choices(WORDS, k=2), *(["seldom"] if number in (5, 50) else [])])
        made.append(make.comment(db, page, people[page.id], body=body, status=status, now=moment))
        made[-1].links = chance.random() < 0.3
    for comment in chance.sample(made, 5):
        if comment.status is Status.approved:
            edit(db, comment, make.text("quiet again"), policy=comment.page.site.policy, now=comment.created_at)
    gone = [comment.id for comment in made[20:34]]
    drop(db, gone)
    db.flush()
    order = list(db.scalars(select(ENTRIES.c.comment_id).order_by(ENTRIES.c.number)))
    known = {comment.id: comment for comment in made}
    return pages[0].site_id, [known[comment_id] for comment_id in order]


def expected(db, made, wanted):
    """Look once more, in Python."""
    said = dict(db.execute(select(ENTRIES.c.comment_id, ENTRIES.c.terms)).all())
    tabs = {Tab.all: lambda one: True, Tab.waiting: lambda one: one.awaits}
    fits = tabs.get(wanted.tab, lambda one: one.status.value == wanted.tab.value)
    return [
        one.id
        for one in made
        if one.site_id in wanted.site_ids
        and fits(one)
        and (one.links or not wanted.links)
        and all(
            any(term.strip("'").startswith(word) for term in said[one.id].split()) for word in wanted.search.split()
        )
    ]


def through(db, wanted, limit, newest_first, bounds):
    """Go through a list from one end to the other, by the words that stand in the address."""
    after, found, turns = None, [], 0
    while True:
        piece = piece_of(db, wanted, after=after, limit=limit, newest_first=newest_first, bounds=bounds)
        assert len(piece.found) <= limit
        found += [one.comment_id for one in piece.found]
        turns += 1
        if piece.next is None:
            return found, turns
        after = place_in(in_words(piece.next))


@pytest.mark.parametrize("rare", [0, 3, 1_000_000], ids=["none leads", "a rare word leads", "every word leads"])
def test_a_search_in_pieces_finds_all_in_order_and_nothing_twice(db, rare):
    site_id, made = scene(db)
    # PostgreSQL lets its index lead by what it knows of the words; SQLite's always leads.
    db.execute(text("ANALYZE"))
    bounds, most = replace(SMALL, rare=rare), 0
    words = ("qui", "loud qui", "alice", "it seldom", "none")
    for tab, links, search, newest_first in product((Tab.all, Tab.waiting), (False, True), words, (False, True)):
        wanted = Wanted(site_ids=(site_id,), tab=tab, links=links, search=search)
        whole = expected(db, made, wanted)
        found, turns = through(db, wanted, 2, newest_first, bounds)
        assert found == (whole[::-1] if newest_first else whole), wanted
        assert count(db, wanted, bounds=bounds) == len(whole)
        assert count(db, wanted, up_to=2, bounds=bounds) == min(3, len(whole))
        most = max(most, turns)
    assert most > len(made) / SMALL.most
