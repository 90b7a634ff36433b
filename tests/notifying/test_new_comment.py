"""Whoever asked for it is told by mail of new comments: once, when they are public, and not of one's own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.foundation.tokens import Keys
from moderation.journey import moderate, undo
from moderation.notifying.kind import Sender
from moderation.notifying.kinds.new_comment import kind
from moderation.records import Notice, Status, Subscription
from tests import make

SENDER = Sender(public_url="https://comments.example", keys=Keys(b"k" * 32))
WAIT = timedelta(seconds=10)


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def owner(db, page):
    return make.moderator(db, page.site)


def subscribe(db, page, *, confirmed=True, ended=False, **person):
    reader = make.person(db, page.site, **({"email": "reader@mail.example", "email_verified": True} | person))
    db.add(
        Subscription(
            page_id=page.id,
            person_id=reader.id,
            confirmed_at=make.NOW if confirmed else None,
            ended_at=make.NOW if ended else None,
            created_at=make.NOW,
        )
    )
    db.flush()
    return reader


def approve(db, owner, comment, status=Status.approved):
    return moderate(db, moderator=owner, comment_id=comment.id, status=status, now=make.NOW, wait=WAIT)


def notices(db):
    return db.scalars(select(Notice).where(Notice.kind == "new_comment")).all()


def letter(db, notice):
    return kind.write(db, notice, SENDER, make.NOW)


def test_a_subscriber_is_told_after_the_undo_window_with_a_way_out(db, page, owner):
    reader = subscribe(db, page, name="Rita")
    comment = make.comment(db, page, make.person(db, page.site, name="Bob"), body="So true.")
    approve(db, owner, comment)
    (notice,) = notices(db)
    assert (notice.person_id, notice.due_at) == (reader.id, make.NOW + WAIT)
    written = letter(db, notice)
    assert (written.address, written.subject) == ("reader@mail.example", "New comment on “Her”")
    for text in (written.text, written.html):
        assert "Bob" in text
        assert "So true." in text
        assert f"{page.url}#comment-{comment.id}" in text
    assert written.unsubscribe.startswith("https://comments.example/unsubscribe/")


def test_an_undone_approval_is_told_to_nobody(db, page, owner):
    subscribe(db, page)
    comment = make.comment(db, page, make.person(db, page.site))
    decision = approve(db, owner, comment)
    undo(db, moderator=owner, decision_id=decision.decision_id, now=make.NOW)
    (notice,) = notices(db)
    assert letter(db, notice) is None


def test_approved_twice_is_told_once(db, page, owner):
    subscribe(db, page)
    comment = make.comment(db, page, make.person(db, page.site))
    for status in (Status.approved, Status.waiting, Status.approved):
        approve(db, owner, comment, status)
    assert len(notices(db)) == 1


@pytest.mark.parametrize("how", [{"confirmed": False}, {"ended": True}])
def test_who_did_not_confirm_or_left_is_not_told(db, page, owner, how):
    subscribe(db, page, **how)
    approve(db, owner, make.comment(db, page, make.person(db, page.site)))
    assert notices(db) == []


def test_nobody_is_told_of_ones_own_comment(db, page, owner):
    reader = subscribe(db, page)
    approve(db, owner, make.comment(db, page, reader))
    assert notices(db) == []


def test_an_address_that_nobody_vouched_for_gets_no_mail(db, page, owner):
    subscribe(db, page, email_verified=False)
    approve(db, owner, make.comment(db, page, make.person(db, page.site)))
    assert letter(db, notices(db)[0]) is None


def test_a_rejected_comment_is_told_to_nobody(db, page, owner):
    subscribe(db, page)
    approve(db, owner, make.comment(db, page, make.person(db, page.site)), Status.rejected)
    assert notices(db) == []
