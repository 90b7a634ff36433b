"""The moderator's queue: complete, in order, with all one needs to decide."""

import pytest

from moderation.foundation.errors import Refused
from moderation.intake.edit import edit
from moderation.records import Finding, Status, Verdict
from moderation.review.queue import counts, queue
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


@pytest.mark.parametrize("after", ["x", "2026-11-22T06:28:00~c_1", "~c_1", "2026-11-22T06:28:00+00:00~"])
def test_a_place_that_is_none_is_refused(db, page, after):
    with pytest.raises(Refused):
        queue(db, site_ids=[page.site_id], status=Status.waiting, after=after)
