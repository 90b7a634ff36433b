"""Every move of a comment's status, and what readers see after it."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from moderation.foundation.errors import Conflict, Missing
from moderation.records import Comment, DecidedBy, Decision, Page, Status
from moderation.review.decide import decide, may_move
from moderation.review.undo import undo
from tests import make

ALLOWED = {
    DecidedBy.moderator: {
        (before, after)
        for before, after in product(Status, Status)
        if before != after and Status.withdrawn not in (before, after)
    },
    DecidedBy.screening: {(Status.waiting, Status.approved), (Status.waiting, Status.spam)},
    DecidedBy.writer: {(before, Status.withdrawn) for before in Status if before is not Status.withdrawn},
    DecidedBy.importer: {(Status.waiting, after) for after in Status if after is not Status.waiting},
}


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def alice(db, page):
    return make.person(db, page.site)


@pytest.mark.parametrize("by", DecidedBy)
def test_exactly_the_allowed_moves_are_possible(by):
    possible = {(before, after) for before, after in product(Status, Status) if may_move(by, before, after)}
    assert possible == ALLOWED[by]


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_a_moderators_move_is_made_and_written_down_or_refused(db, page, alice, before, after):
    comment = make.comment(db, page, alice, status=before)
    version = comment.version
    if (before, after) not in ALLOWED[DecidedBy.moderator]:
        with pytest.raises(Conflict) as refusal:
            decide(db, comment.id, after, by=DecidedBy.moderator, now=make.NOW)
        assert refusal.value.code == ("already" if before == after else "closed")
        assert (comment.status, comment.version) == (before, version)
        return
    decision = decide(db, comment.id, after, by=DecidedBy.moderator, now=make.NOW, reason="because")
    assert (comment.status, comment.version) == (after, version + 1)
    assert (decision.before, decision.after, decision.reason) == (before, after, "because")
    assert comment.shown == (1 if after is Status.approved else None)
    assert comment.awaits == (after is Status.waiting)
    db.refresh(page)
    assert page.approved == (1 if after is Status.approved else 0)


def test_a_page_is_titled_in_public_once_a_comment_is_approved(db, page, alice):
    assert page.public_title is None
    make.comment(db, page, alice, status=Status.approved)
    db.refresh(page)
    assert page.public_title == "Her"


def test_the_revision_grows_only_when_readers_see_a_change(db, page, alice):
    comment = make.comment(db, page, alice)
    seen = []
    for status in (Status.spam, Status.waiting, Status.approved, Status.rejected):
        decide(db, comment.id, status, by=DecidedBy.moderator, now=make.NOW)
        db.refresh(page)
        seen.append(page.revision)
    assert seen == [0, 0, 1, 2]


def test_a_decision_about_another_version_is_refused(db, page, alice):
    comment = make.comment(db, page, alice)
    decide(db, comment.id, Status.approved, by=DecidedBy.moderator, now=make.NOW, seen=1)
    with pytest.raises(Conflict) as refusal:
        decide(db, comment.id, Status.spam, by=DecidedBy.moderator, now=make.NOW, seen=1)
    assert refusal.value.code == "changed"
    assert comment.status is Status.approved


def test_a_comment_that_is_not_there_is_missing(db):
    with pytest.raises(Missing):
        decide(db, "c_nothing", Status.approved, by=DecidedBy.moderator, now=make.NOW)


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED[DecidedBy.moderator]))
def test_undo_brings_back_what_was_and_is_a_decision_itself(db, page, alice, before, after):
    moderator = make.moderator(db, page.site)
    comment = make.comment(db, page, alice, status=before)
    db.refresh(page)
    shown, approved = comment.shown, page.approved
    decision = decide(db, comment.id, after, by=DecidedBy.moderator, now=make.NOW, moderator_id=moderator.id)
    undone = undo(db, decision.id, moderator=moderator, now=make.NOW + timedelta(days=400))
    db.refresh(page)
    assert (comment.status, comment.shown, page.approved) == (before, shown, approved)
    assert undone.undoes_id == decision.id
    again = undo(db, undone.id, moderator=moderator, now=make.NOW)
    assert (comment.status, again.undoes_id) == (after, undone.id)


def test_undo_skips_a_comment_decided_since(db, page, alice):
    moderator = make.moderator(db, page.site)
    comment = make.comment(db, page, alice)
    first = decide(db, comment.id, Status.approved, by=DecidedBy.moderator, now=make.NOW)
    decide(db, comment.id, Status.spam, by=DecidedBy.moderator, now=make.NOW)
    with pytest.raises(Conflict):
        undo(db, first.id, moderator=moderator, now=make.NOW)
    assert comment.status is Status.spam


def test_nobody_undoes_on_a_site_of_others(db, page, alice):
    stranger = make.moderator(db, make.site(db))
    comment = make.comment(db, page, alice)
    decision = decide(db, comment.id, Status.approved, by=DecidedBy.moderator, now=make.NOW)
    with pytest.raises(Missing):
        undo(db, decision.id, moderator=stranger, now=make.NOW)


def test_a_withdrawal_is_the_writers_alone(db, page, alice):
    moderator = make.moderator(db, page.site)
    comment = make.comment(db, page, alice, status=Status.withdrawn)
    decision = db.scalars(select(Decision).where(Decision.comment_id == comment.id)).one()
    with pytest.raises(Conflict):
        undo(db, decision.id, moderator=moderator, now=make.NOW)


def test_a_rejected_comment_keeps_its_place_while_an_answer_below_stands(db, page, alice):
    top = make.comment(db, page, alice, status=Status.approved)
    middle = make.comment(db, page, alice, parent=top, status=Status.approved)
    leaf = make.comment(db, page, alice, parent=middle, status=Status.approved)
    decide(db, middle.id, Status.rejected, by=DecidedBy.moderator, now=make.NOW)
    assert _counts(db, top, middle, leaf) == [(True, 1, 2), (True, 1, 0), (True, 0, 0)]
    decide(db, leaf.id, Status.spam, by=DecidedBy.moderator, now=make.NOW)
    assert _counts(db, top, middle, leaf) == [(True, 0, 0), (False, 0, 0), (False, 0, 0)]
    decide(db, leaf.id, Status.approved, by=DecidedBy.moderator, now=make.NOW)
    assert _counts(db, top, middle, leaf) == [(True, 1, 2), (True, 1, 0), (True, 0, 0)]
    assert db.get_one(Page, page.id, populate_existing=True).approved == 2


def test_deep_threads_are_decided_without_recursion(db, page, alice):
    deepest = make.comment(db, page, alice, status=Status.approved)
    for _ in range(60):
        deepest = make.comment(db, page, alice, parent=deepest, status=Status.approved)
    root = db.get_one(Comment, deepest.root_id, populate_existing=True)
    assert root.below == deepest.depth == 60


def _counts(db, *comments):
    db.expire_all()
    return [(comment.visible, comment.answers, comment.below) for comment in comments]
