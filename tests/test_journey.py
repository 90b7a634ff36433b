"""Stories of a comment, stage after stage, without any door."""

from datetime import timedelta

import pytest
from msgspec import convert
from sqlalchemy import select

from moderation.foundation.errors import Conflict, NotAllowed, Refused
from moderation.foundation.tokens import new_token
from moderation.intake.arrival import Arrival
from moderation.intake.page import page_by_key
from moderation.intake.shapes import SubmissionIn
from moderation.journey import edit, moderate, prepare, receive, undo, withdraw
from moderation.publishing.thread import thread
from moderation.records import Comment, DecidedBy, Decision, Finding, Notice, Site, Status, Verdict, Version
from moderation.review.queue import queue
from tests import make


@pytest.fixture
def site(db):
    return make.site(db)


@pytest.fixture
def owner(db, site):
    return make.moderator(db, site)


def arrive(site: Site, body: str = "A fine review.", *, person=None, parent=None, name="Alice", **page) -> Arrival:
    given = {
        "site": site.key,
        "page": {"key": "/her", "url": f"{make.BLOG}/her", "title": "Her"} | page,
        "parent": parent,
        "body": body,
    }
    if person is None:
        given["guest"] = {"name": name, "email": "alice@mail.example", "website": None}
    return Arrival(
        submission=convert(given, SubmissionIn),
        text=prepare(body),
        person_id=person.id if person else None,
        key=new_token(),
        origin=make.BLOG,
        address_hash=b"n" * 32,
    )


def shown(db, site):
    db.expire_all()
    return [comment.get("html") for comment in read(db, site)["comments"]]


def read(db, site):
    return thread(db, site, page_by_key(db, site, "/her"), now=make.NOW)


def test_the_worker_is_woken_only_where_somebody_is_to_be_told(db, site, owner):
    assert receive(db, site, arrive(site), now=make.NOW).noticed
    db.info.clear()
    # One mail will speak of both.
    assert not receive(db, site, arrive(site), now=make.NOW).noticed


def test_a_guests_comment_waits_is_approved_and_stands_under_the_post(db, site, owner):
    received = receive(db, site, arrive(site), now=make.NOW)
    assert received.status is Status.waiting
    (item,) = queue(db, site_ids=[site.id], status=Status.waiting).items
    assert [finding.rule for finding in item.findings] == ["policy"]
    assert shown(db, site) == []
    outcome = moderate(
        db, moderator=owner, comment_id=received.comment.id, status=Status.approved, seen=1, now=make.NOW
    )
    assert outcome.problem is None
    assert shown(db, site) == ["<p>A fine review.</p>"]
    assert queue(db, site_ids=[site.id], status=Status.waiting).items == ()


def test_a_trusted_person_is_approved_by_the_screening_and_it_is_written_down(db, site):
    alice = make.person(db, site, trusted_at=make.NOW)
    received = receive(db, site, arrive(site, person=alice), now=make.NOW)
    assert received.status is Status.approved
    decision = db.scalars(select(Decision)).one()
    assert (decision.by, decision.before, decision.after) == (DecidedBy.screening, Status.waiting, Status.approved)
    assert decision.reason
    assert read(db, site)["count"] == 1


def test_the_strongest_finding_wins_even_over_trust(db):
    site = make.site(db, rules={"many_links": {"options": {"hold_above": 1, "spam_above": 50}}})
    alice = make.person(db, site, trusted_at=make.NOW)
    body = "https://one.example/ https://two.example/ https://three.example/"
    assert receive(db, site, arrive(site, body, person=alice), now=make.NOW).status is Status.waiting
    found = {finding.rule: finding.verdict for finding in db.scalars(select(Finding))}
    assert found == {"many_links": Verdict.hold, "trusted_person": Verdict.approve}


def test_an_edit_of_an_approved_comment_is_screened_again_and_waits(db, site, owner):
    alice = make.person(db, site)
    comment = receive(db, site, arrive(site, person=alice), now=make.NOW).comment
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    later = make.NOW + timedelta(minutes=5)
    edited = edit(db, comment.id, prepare("Changed."), now=later)
    assert (edited.status, edited.version.number) == (Status.approved, 2)
    assert shown(db, site) == ["<p>A fine review.</p>"]
    outcome = moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, seen=2, now=later)
    assert outcome.problem == "changed"
    seen = db.get_one(Comment, comment.id).version
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, seen=seen, now=later)
    assert shown(db, site) == ["<p>Changed.</p>"]


def test_a_trusted_persons_edit_is_shown_at_once(db, site):
    alice = make.person(db, site, trusted_at=make.NOW)
    comment = receive(db, site, arrive(site, person=alice), now=make.NOW).comment
    edit(db, comment.id, prepare("Changed."), now=make.NOW)
    assert shown(db, site) == ["<p>Changed.</p>"]


def test_an_edit_comes_too_late_or_for_what_was_rejected(db, site, owner):
    comment = receive(db, site, arrive(site), now=make.NOW).comment
    with pytest.raises(NotAllowed):
        edit(db, comment.id, prepare("Changed."), now=make.NOW + timedelta(minutes=16))
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.rejected, now=make.NOW)
    with pytest.raises(Conflict):
        edit(db, comment.id, prepare("Changed."), now=make.NOW)
    assert len(db.scalars(select(Version)).all()) == 1


def test_a_withdrawn_comment_is_gone_for_good(db, site, owner):
    comment = receive(db, site, arrive(site), now=make.NOW).comment
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    withdraw(db, comment.id, now=make.NOW)
    withdraw(db, comment.id, now=make.NOW)
    assert shown(db, site) == []
    outcome = moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    assert outcome.problem == "not_allowed"


def test_a_mistake_is_taken_back(db, site, owner):
    comment = receive(db, site, arrive(site), now=make.NOW).comment
    mistake = moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    assert mistake.decision_id is not None
    taken_back = undo(db, moderator=owner, decision_id=mistake.decision_id, now=make.NOW)
    assert taken_back.status is Status.waiting
    assert shown(db, site) == []


def test_an_answer_to_what_is_not_approved_is_refused(db, site):
    parent = receive(db, site, arrive(site), now=make.NOW).comment
    with pytest.raises(Refused):
        receive(db, site, arrive(site, parent=parent.id), now=make.NOW)


def test_moderators_are_told_and_the_notice_holds_no_text(db, site, owner):
    receive(db, site, arrive(site, "A canary in a comment."), now=make.NOW)
    notice = db.scalars(select(Notice).where(Notice.kind == "waiting")).one()
    assert notice.moderator_id == owner.id
    assert "canary" not in str({column.key: getattr(notice, column.key) for column in Notice.__table__.columns})


def test_a_comment_of_a_banned_network_is_spam_and_shown_nowhere(db, site):
    db.add(make.ban(site, address_hash=b"n" * 32))
    assert receive(db, site, arrive(site), now=make.NOW).status is Status.spam
    assert shown(db, site) == []
