"""An action that decided about many comments is taken back turn by turn, but for those decided since."""

from datetime import timedelta

import pytest

from moderation.foundation.errors import Conflict
from moderation.records import DecidedBy, Status
from moderation.review.act import act
from moderation.review.history import Asked, history
from moderation.review.undo import undo, undo_action
from tests import make


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def owner(db, page):
    return make.moderator(db, page.site)


@pytest.fixture
def spammed(db, page, owner):
    """An action that took five comments for spam, and the comments."""
    alice = make.person(db, page.site)
    comments = [make.comment(db, page, alice) for _ in range(5)]
    done = act(db, "many", moderator=owner, subject_id=page.site_id, wanted={"status": "spam"}, now=make.NOW)
    for comment in comments:
        values = {"by": DecidedBy.moderator, "moderator_id": owner.id, "now": make.NOW}
        make.decide(db, comment.id, Status.spam, action_id=done.id, **values)
    return done, comments


def test_an_action_is_undone_turn_by_turn_and_skips_what_was_decided_since(db, owner, spammed):
    done, comments = spammed
    make.decide(db, comments[2].id, Status.approved, by=DecidedBy.moderator, now=make.NOW)
    turns, after = [], None
    while not turns or after:
        turns.append(undo_action(db, done.id, moderator=owner, now=make.NOW, after=after, limit=2))
        after = turns[-1].next
    assert len({turn.action.id for turn in turns}) == 1
    assert sum(turn.skipped for turn in turns) == 1
    assert sum(len(turn.decisions) for turn in turns) == 4
    expected = [Status.waiting, Status.waiting, Status.approved, Status.waiting, Status.waiting]
    assert [comment.status for comment in comments] == expected


def test_an_undo_that_was_broken_off_goes_on(db, owner, spammed):
    done, comments = spammed
    undo_action(db, done.id, moderator=owner, now=make.NOW, limit=2)
    undo_action(db, done.id, moderator=owner, now=make.NOW)
    assert {comment.status for comment in comments} == {Status.waiting}
    with pytest.raises(Conflict):
        undo_action(db, done.id, moderator=owner, now=make.NOW)


def test_the_undo_of_many_is_undone_too(db, owner, spammed):
    done, comments = spammed
    back = undo_action(db, done.id, moderator=owner, now=make.NOW)
    undo_action(db, back.action.id, moderator=owner, now=make.NOW)
    assert {comment.status for comment in comments} == {Status.spam}


def test_one_of_many_is_taken_back_alone(db, owner, spammed):
    done, comments = spammed
    (mine,) = history(db, Asked(site_ids=[done.site_id], comment_id=comments[0].id)).entries
    undo(db, mine.id, moderator=owner, now=make.NOW)
    assert [comment.status for comment in comments[:2]] == [Status.waiting, Status.spam]
    assert undo_action(db, done.id, moderator=owner, now=make.NOW).skipped == 0


def test_the_history_tells_of_an_action_once_and_of_each_comment_its_own(db, page, owner, spammed):
    done, comments = spammed
    site_ids = [page.site_id]
    assert [entry.id for entry in history(db, Asked(site_ids=site_ids)).entries] == [done.id]
    person = history(db, Asked(site_ids=site_ids, person_id=comments[0].person_id))
    assert len(person.entries) == 5
    assert history(db, Asked(site_ids=[make.site(db).id])).entries == ()


def test_the_history_is_read_slice_by_slice_and_filtered(db, page, owner):
    alice = make.person(db, page.site)
    comments = [make.comment(db, page, alice) for _ in range(4)]
    for number, comment in enumerate(comments):
        now = make.NOW + timedelta(minutes=number)
        make.decide(db, comment.id, Status.approved, by=DecidedBy.moderator, moderator_id=owner.id, now=now)
    later = make.NOW + timedelta(minutes=1, seconds=30)
    trusted = act(db, "trust", moderator=owner, subject_id=alice.id, wanted={"trusted": True}, now=later)
    seen, after = [], None
    while not seen or after:
        past = history(db, Asked(site_ids=[page.site_id], after=after), limit=2)
        seen += past.entries
        after = past.next
    assert len({entry.id for entry in seen}) == 5
    assert [entry.created_at for entry in seen] == sorted((entry.created_at for entry in seen), reverse=True)
    assert seen[2].id == trusted.id
    for kind, number in (("trust", 1), ("approved", 4), ("spam", 0)):
        assert len(history(db, Asked(site_ids=[page.site_id], kind=kind)).entries) == number
    for who, number in ((owner.id, 5), ("moderators", 5), ("screening", 0), ("m_x", 0)):
        assert len(history(db, Asked(site_ids=[page.site_id], who=who)).entries) == number
    assert len(history(db, Asked(site_ids=[page.site_id], person_id=alice.id)).entries) == 5
    assert len(history(db, Asked(site_ids=[page.site_id], comment_id=comments[0].id)).entries) == 1
