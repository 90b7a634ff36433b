"""Many comments decided about in one go: in pieces, with respect for whoever was quicker, and taken back as a whole."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from moderation.foundation.errors import Conflict, Missing
from moderation.identity.membership import remove
from moderation.journey import ban, ban_comments, moderate, undo_action
from moderation.journey.decide_many import decide_many, go_on, quicker, undo_many, unfinished
from moderation.records import Action, Ban, Comment, Decision, Status
from moderation.review.piece import USUAL
from moderation.review.queue import Tab, Wanted
from tests import make

LATER = make.NOW + timedelta(days=1)


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def ada(db, page):
    return make.moderator(db, page.site, name="Ada")


@pytest.fixture
def bob(db, page):
    return make.moderator(db, page.site, name="Bob")


@pytest.fixture
def waiting(db, page):
    alice = make.person(db, page.site)
    return [make.comment(db, page, alice) for _ in range(7)]


def finish(db, batch, at_once=3):
    while batch.finished_at is None:
        go_on(db, batch.id, now=LATER, at_once=at_once)


def standing(comments):
    return [comment.status for comment in comments]


def begin(db, page, ada, **values):
    wanted = Wanted(site_ids=(page.site_id,), tab=Tab.waiting)
    return decide_many(db, moderator=ada, status=Status.rejected, wanted=wanted, now=LATER, **values)


def test_everything_a_filter_shows_is_decided_piece_by_piece(db, page, ada, waiting):
    batch = begin(db, page, ada)
    assert (batch.total, unfinished(db)) == (7, batch.id)
    finish(db, batch)
    assert standing(waiting) == [Status.rejected] * 7
    assert (batch.decided, batch.passed, unfinished(db)) == (7, 0, None)
    (action,) = db.scalars(select(Action)).all()
    assert set(db.scalars(select(Decision.action_id))) == {action.id}


def test_everything_a_search_among_very_many_shows_is_decided(db, page, ada):
    alice, elsewhere = make.person(db, page.site), make.page(db, page.site)
    make.crowd(db, page, alice, USUAL.few)
    first = [make.comment(db, page, alice, body="A fine one.") for _ in range(4)]
    make.crowd(db, elsewhere, alice, USUAL.most, said="fine")
    last = [make.comment(db, page, alice, body="Finer still.") for _ in range(4)]
    wanted = Wanted(site_ids=(page.site_id,), tab=Tab.all, page_id=page.id, search="fine")
    batch = decide_many(db, moderator=ada, status=Status.spam, wanted=wanted, now=LATER)
    assert batch.total == 8
    go_on(db, batch.id, now=LATER, at_once=3)
    go_on(db, batch.id, now=LATER, at_once=3)
    assert (batch.decided, batch.finished_at) == (4, None)
    finish(db, batch)
    assert standing([*first, *last]) == [Status.spam] * 8
    assert (batch.decided, batch.passed) == (8, 0)


def test_what_another_decides_meanwhile_stays_and_is_told(db, page, ada, bob, waiting):
    batch = begin(db, page, ada)
    go_on(db, batch.id, now=LATER, at_once=3)
    moderate(db, moderator=bob, comment_id=waiting[5].id, status=Status.approved, now=LATER)
    finish(db, batch)
    assert standing(waiting) == [*[Status.rejected] * 5, Status.approved, Status.rejected]
    assert (batch.decided, batch.total - batch.decided, quicker(db, batch)) == (6, 1, ("Bob",))


def test_what_comes_after_the_button_was_pressed_waits(db, page, ada, waiting):
    batch = begin(db, page, ada)
    late = make.comment(db, page, make.person(db, page.site), now=LATER + timedelta(seconds=1))
    finish(db, batch)
    assert late.status is Status.waiting


def test_of_chosen_comments_those_that_changed_are_left(db, page, ada, bob, waiting):
    chosen = [(comment.id, comment.version) for comment in waiting[:4]]
    moderate(db, moderator=bob, comment_id=waiting[1].id, status=Status.approved, now=LATER)
    foreign = make.page(db, make.site(db))
    theirs = make.comment(db, foreign, make.person(db, foreign.site))
    chosen += [(theirs.id, 1), ("c_none", 1)]
    batch = decide_many(db, moderator=ada, status=Status.spam, chosen=chosen, now=LATER)
    finish(db, batch)
    assert standing(waiting[:4]) == [Status.spam, Status.approved, Status.spam, Status.spam]
    assert (batch.decided, batch.passed, theirs.status) == (3, 3, Status.waiting)


def test_a_batch_is_taken_back_but_for_what_was_decided_since(db, page, ada, bob, waiting):
    batch = begin(db, page, ada)
    finish(db, batch)
    moderate(db, moderator=bob, comment_id=waiting[2].id, status=Status.approved, now=LATER)
    undo_many(db, batch.id, moderator=ada, now=LATER)
    finish(db, batch)
    assert standing(waiting) == [Status.waiting, Status.waiting, Status.approved, *[Status.waiting] * 4]
    assert (batch.undone, batch.kept) == (6, 1)
    with pytest.raises(Conflict):
        undo_many(db, batch.id, moderator=ada, now=LATER)


def test_a_batch_is_stopped_and_taken_back_in_the_middle(db, page, ada, waiting):
    batch = begin(db, page, ada)
    go_on(db, batch.id, now=LATER, at_once=3)
    undo_many(db, batch.id, moderator=ada, now=LATER)
    finish(db, batch)
    assert standing(waiting) == [Status.waiting] * 7


def test_a_batch_over_two_sites_is_one_action_on_each(db, page, ada, waiting):
    other = make.page(db, make.site(db))
    ada.memberships += make.moderator(db, other.site).memberships
    db.flush()
    theirs = make.comment(db, other, make.person(db, other.site))
    wanted = Wanted(site_ids=(page.site_id, other.site_id), tab=Tab.waiting)
    batch = decide_many(db, moderator=ada, status=Status.approved, wanted=wanted, now=LATER)
    finish(db, batch)
    assert (len(batch.actions), theirs.status, batch.decided) == (2, Status.approved, 8)
    undo_many(db, batch.id, moderator=ada, now=LATER)
    finish(db, batch)
    assert standing([*waiting, theirs]) == [Status.waiting] * 8


def test_a_batch_is_its_moderators_own(db, page, ada, bob, waiting):
    batch = begin(db, page, ada)
    with pytest.raises(Missing):
        undo_many(db, batch.id, moderator=bob, now=LATER)


def test_who_no_longer_moderates_decides_no_more(db, page, ada, waiting):
    batch = begin(db, page, ada)
    go_on(db, batch.id, now=LATER, at_once=3)
    ada.memberships.clear()
    db.flush()
    finish(db, batch)
    assert standing(waiting) == [*[Status.rejected] * 3, *[Status.waiting] * 4]


def test_comments_are_not_lost_from_sight_by_a_batch(db, page, ada, waiting):
    finish(db, begin(db, page, ada))
    assert db.query(Comment).filter_by(status=Status.rejected).count() == 7


def test_a_great_action_is_taken_back_from_the_history_with_progress(db, page, ada, bob, waiting):
    finish(db, begin(db, page, ada))
    (action,) = db.scalars(select(Action)).all()
    moderate(db, moderator=ada, comment_id=waiting[5].id, status=Status.approved, now=LATER)
    turn, rest = undo_action(db, action.id, moderator=bob, now=LATER, at_once=2)
    assert (len(turn.decisions) + turn.skipped, rest.undone + rest.kept) == (2, 2)
    assert (rest.decided, unfinished(db)) == (7, rest.id)
    with pytest.raises(Conflict) as refusal:
        undo_action(db, action.id, moderator=ada, now=LATER, at_once=2)
    assert refusal.value.code == "begun"
    finish(db, rest)
    assert standing(waiting) == [*[Status.waiting] * 5, Status.approved, Status.waiting]
    assert (rest.undone, rest.kept, unfinished(db)) == (6, 1, None)


def test_a_small_action_is_taken_back_at_once(db, page, ada, waiting):
    finish(db, begin(db, page, ada))
    (action,) = db.scalars(select(Action)).all()
    assert undo_action(db, action.id, moderator=ada, now=LATER)[1] is None
    assert standing(waiting) == [Status.waiting] * 7


def test_what_is_still_at_work_is_taken_back_where_it_was_begun(db, page, ada, waiting):
    batch = begin(db, page, ada)
    go_on(db, batch.id, now=LATER, at_once=3)
    (action,) = db.scalars(select(Action)).all()
    with pytest.raises(Conflict) as refusal:
        undo_action(db, action.id, moderator=ada, now=LATER)
    assert refusal.value.code == "begun"


def ban_all(db, alice, moderator, at_once):
    done = ban(db, "ban", alice.id, moderator=moderator, lasts=None, now=make.NOW)
    return done, ban_comments(db, done, Status.spam, moderator=moderator, now=make.NOW, at_once=at_once)


def test_a_ban_of_who_wrote_a_lot_goes_on_in_pieces_and_leaves_what_was_decided_since(db, ada, bob, waiting):
    done, batch = ban_all(db, waiting[0].person, ada, 2)
    assert (batch.total, batch.decided, unfinished(db)) == (7, 2, batch.id)
    kept = next(comment for comment in waiting if comment.status is Status.waiting)
    moderate(db, moderator=bob, comment_id=kept.id, status=Status.approved, now=LATER)
    finish(db, batch)
    assert (batch.decided, unfinished(db), kept.status) == (6, None, Status.approved)
    assert standing(waiting).count(Status.spam) == 6
    undo_action(db, done.id, moderator=ada, now=LATER)
    assert standing(waiting).count(Status.waiting) == 6


def test_a_ban_is_taken_back_in_the_middle_of_its_work(db, ada, waiting):
    done, batch = ban_all(db, waiting[0].person, ada, 2)
    go_on(db, batch.id, now=LATER, at_once=3)
    _, rest = undo_action(db, done.id, moderator=ada, now=LATER, at_once=1)
    finish(db, rest)
    assert standing(waiting) == [Status.waiting] * 7
    assert (batch.finished_at, rest.undone, unfinished(db)) == (LATER, 5, None)


def test_a_ban_ends_where_the_banned_is_forgotten(db, ada, waiting):
    _, batch = ban_all(db, waiting[0].person, ada, 2)
    db.execute(delete(Ban))
    finish(db, batch)
    assert (batch.decided, unfinished(db)) == (2, None)


def test_a_ban_goes_no_further_for_who_is_no_moderator_there_any_more(db, page, ada, bob, waiting):
    _, batch = ban_all(db, waiting[0].person, bob, 2)
    remove(db, owner_id=ada.id, site_id=page.site_id, moderator_id=bob.id)
    db.expire_all()
    finish(db, batch)
    assert (batch.decided, standing(waiting).count(Status.waiting)) == (2, 5)
