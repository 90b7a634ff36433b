"""What holds for every kind of action: it says what it did, is taken back, and the taking back is taken back too."""

import pytest

from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.records import Role, Status
from moderation.review.act import act, kinds
from moderation.review.actions.lift_address import lift_address
from moderation.review.kind import Target
from moderation.review.notes import EXAMPLE
from moderation.review.undo import undo_action
from tests import make


@pytest.fixture
def site(db):
    return make.site(db)


@pytest.fixture
def owner(db, site):
    return make.moderator(db, site)


@pytest.fixture(params=kinds())
def kind(request):
    return kinds()[request.param]


@pytest.fixture
def subject(db, site, kind):
    page = make.page(db, site)
    person = make.person(db, site)
    comment = make.comment(db, page, person, status=Status.approved)
    comment.address_hash = b"n" * 32
    db.add(make.ban(site, id=lift_address.example["ban"], address_hash=b"o" * 32))
    make.note(db, person, id=EXAMPLE["note"], removed_at=make.NOW)
    return {"comment": comment, "person": person, "page": page, "site": site}[kind.subject].id


def state(db, kind, site, owner, subject, like):
    target = Target(site_id=site.id, subject_id=subject, moderator_id=owner.id, now=make.NOW)
    return kind.read(db, target, like) if kind.read else {}


def do(db, kind, owner, subject):
    return act(db, kind.name, moderator=owner, subject_id=subject, wanted=kind.example, reason="why", now=make.NOW)


def test_it_is_done_undone_and_done_again(db, site, owner, kind, subject):
    before = state(db, kind, site, owner, subject, kind.example)
    done = do(db, kind, owner, subject)
    assert (done.before, done.site_id, done.reason, done.moderator_id) == (before, site.id, "why", owner.id)
    back = undo_action(db, done.id, moderator=owner, now=make.NOW).action
    assert (back.undoes_id, back.before, back.after) == (done.id, done.after, done.before)
    assert state(db, kind, site, owner, subject, done.after) == before
    again = undo_action(db, back.id, moderator=owner, now=make.NOW).action
    assert again.after == done.after
    if kind.read:
        assert state(db, kind, site, owner, subject, done.after) == done.after
    said = [kind.tell(action.before, action.after) for action in (done, back)]
    assert all(said)
    assert said[0] != said[1]


def test_it_is_taken_back_once(db, owner, kind, subject):
    done = do(db, kind, owner, subject)
    undo_action(db, done.id, moderator=owner, now=make.NOW)
    with pytest.raises(Conflict) as refusal:
        undo_action(db, done.id, moderator=owner, now=make.NOW)
    assert refusal.value.code == "already"


def test_what_was_changed_since_is_not_taken_back(db, owner, kind, subject):
    if kind.read is None:
        return
    done = do(db, kind, owner, subject)
    act(db, kind.name, moderator=owner, subject_id=subject, wanted=done.before, now=make.NOW)
    with pytest.raises(Conflict) as refusal:
        undo_action(db, done.id, moderator=owner, now=make.NOW)
    assert refusal.value.code == "changed"


def test_nobody_of_another_site_does_it_or_takes_it_back(db, owner, kind, subject):
    stranger = make.moderator(db, make.site(db))
    with pytest.raises(Missing):
        do(db, kind, stranger, subject)
    done = do(db, kind, owner, subject)
    with pytest.raises(Missing):
        undo_action(db, done.id, moderator=stranger, now=make.NOW)


def test_a_moderator_does_what_the_kind_says(db, site, kind, subject):
    moderator = make.moderator(db, site, role=Role.moderator)
    if kind.role is Role.owner:
        with pytest.raises(NotAllowed):
            do(db, kind, moderator, subject)
    else:
        assert do(db, kind, moderator, subject).id
