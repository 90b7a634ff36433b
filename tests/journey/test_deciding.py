"""What a moderator does beside a plain decision: answer, edit, ask for changes, ban; and all of it taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.foundation.tokens import Keys
from moderation.identity.authorship import DASHBOARD
from moderation.identity.membership import remove
from moderation.identity.provider import Profile
from moderation.identity.recognise import recognise
from moderation.intake.edit import edit
from moderation.journey import amend, answer, ask_changes, asked_still, ban, ban_comments, change, erase, moderate
from moderation.notifying.kind import Sender
from moderation.notifying.kinds.ask_changes import kind as ask_letter
from moderation.notifying.kinds.decision import kind as decision_letter
from moderation.publishing.thread import thread
from moderation.records import Ban, Comment, LinkedIdentity, Note, Notice, Person, Role, Status, Subscription, Version
from moderation.review.act import act
from moderation.review.notes import add_note, count_notes, notes_on, remove_note
from moderation.review.told import told_reason
from moderation.review.undo import undo, undo_action
from tests import make

WAIT = timedelta(seconds=10)
SENDER = Sender(public_url="https://comments.example", keys=Keys(b"k" * 32))


@pytest.fixture
def page(db):
    return make.page(db, make.site(db))


@pytest.fixture
def owner(db, page):
    return make.moderator(db, page.site, name="Ada")


@pytest.fixture
def alice(db, page):
    return make.person(db, page.site, email="alice@mail.example", email_verified=True)


@pytest.fixture
def comment(db, page, alice):
    return make.comment(db, page, alice)


def shown(db, page):
    db.flush()
    return thread(db, page.site, page, now=make.NOW)["comments"]


def take_back(db, action, owner):
    return undo_action(db, action.id, moderator=owner, now=make.NOW)


def reply(db, comment, owner, body="Thank you.", *, key="k", seen=None):
    seen = comment.version if seen is None else seen
    return answer(db, comment.id, make.text(body), moderator=owner, key=key, seen=seen, now=make.NOW, wait=WAIT)


# --- approve and answer -----------------------------------------------------------------------------------------------


def test_a_waiting_comment_is_approved_and_answered_with_the_authors_badge(db, page, owner, comment):
    reply(db, comment, owner)
    first, second = shown(db, page)
    assert (first["id"], second["parent"]) == (comment.id, comment.id)
    assert (second["author"]["name"], second["author"]["badge"]) == ("Ada", "author")


def test_an_answer_and_its_approval_are_taken_back_together(db, page, owner, comment):
    done = reply(db, comment, owner)
    back = take_back(db, done, owner)
    assert (shown(db, page), back.skipped) == ([], 0)
    answered = db.get_one(Comment, done.after["answer"])
    assert (comment.status, answered.status) == (Status.waiting, Status.waiting)


def test_a_form_sent_twice_answers_once(db, page, owner, alice):
    comment = make.comment(db, page, alice, status=Status.approved)
    reply(db, comment, owner)
    with pytest.raises(Conflict) as refusal:
        reply(db, comment, owner)
    assert refusal.value.code == "already"


def test_the_slower_of_two_who_answer_is_told(db, owner, comment):
    with pytest.raises(Conflict):
        reply(db, comment, owner, seen=comment.version - 1)
    assert comment.status is Status.waiting


def test_nobody_answers_on_anothers_site(db, comment):
    with pytest.raises(Missing):
        reply(db, comment, make.moderator(db, make.site(db)))


def link(db, moderator, subject="ada"):
    identity = {"issuer": "https://demo.example", "subject": subject, "provider": "demo", "name": "Ada L."}
    db.add(LinkedIdentity(moderator_id=moderator.id, created_at=make.NOW, **identity))
    db.flush()


def sign_in(db, site, subject="ada"):
    profile = Profile(issuer="https://demo.example", subject=subject, name="Ada L.")
    return recognise(db, site_id=site.id, provider="demo", profile=profile, now=make.NOW)


def speaker(db, done):
    return db.get_one(Person, db.get_one(Comment, done.after["answer"]).person_id)


def test_who_linked_an_account_answers_as_the_person_the_widget_knows(db, page, owner, comment):
    link(db, owner)
    before = sign_in(db, page.site)
    assert before.badge == "author"
    assert speaker(db, reply(db, comment, owner)) is before


def test_who_answers_before_ever_signing_in_at_the_widget_is_known_there_later(db, page, owner, comment):
    link(db, owner)
    spoke = speaker(db, reply(db, comment, owner))
    assert sign_in(db, page.site) is spoke
    assert spoke.badge == "author"


def test_who_linked_nothing_is_known_by_the_dashboard_and_stays_one_person(db, page, owner, comment, alice):
    spoke = speaker(db, reply(db, comment, owner))
    assert (spoke.issuer, spoke.subject) == (DASHBOARD, owner.id)
    other = make.comment(db, page, alice)
    assert speaker(db, reply(db, other, owner, key="other")) is spoke


def test_somebody_else_who_signs_in_gets_no_badge(db, page, owner):
    link(db, owner)
    assert sign_in(db, page.site, "eve").badge is None
    assert sign_in(db, make.site(db)).badge is None


def test_who_moderates_no_more_loses_the_badge(db, page, owner, comment):
    bob = make.moderator(db, page.site, role=Role.moderator, name="Bob")
    link(db, bob, "bob")
    spoke = speaker(db, reply(db, comment, bob))
    remove(db, owner_id=owner.id, site_id=page.site_id, moderator_id=bob.id)
    assert spoke.badge is None
    assert sign_in(db, page.site, "bob").badge is None


# --- edit -------------------------------------------------------------------------------------------------------------


def amended(db, comment, owner, body="Better words."):
    return amend(db, comment.id, make.text(body), moderator=owner, seen=comment.version, now=make.NOW)


def test_an_edit_of_an_approved_comment_is_seen_at_once_with_its_mark_and_the_first_text_is_kept(
    db, page, owner, alice
):
    comment = make.comment(db, page, alice, status=Status.approved)
    assert shown(db, page)[0]["edited_by"] is None
    done = amended(db, comment, owner)
    (seen,) = shown(db, page)
    assert (seen["html"], seen["edited_by"]) == ("<p>Better words.</p>", "moderator")
    assert [version.body for version in db.scalars(select(Version).order_by(Version.number))] == [
        "A fine review.",
        "Better words.",
    ]
    take_back(db, done, owner)
    (seen,) = shown(db, page)
    assert (seen["html"], seen["edited_by"], seen["edited_at"]) == ("<p>A fine review.</p>", None, None)
    assert not comment.awaits


def test_an_edit_of_a_waiting_comment_leaves_it_waiting(db, page, owner, comment):
    amended(db, comment, owner)
    assert (comment.status, comment.awaits, shown(db, page)) == (Status.waiting, True, [])
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, seen=comment.version, now=make.NOW)
    assert shown(db, page)[0]["edited_by"] == "moderator"


def test_after_an_undone_edit_the_writers_next_text_finds_its_place(db, page, owner, alice):
    comment = make.comment(db, page, alice, status=Status.approved)
    take_back(db, amended(db, comment, owner), owner)
    edit(db, comment, make.text("My own."), policy=page.site.policy, now=make.NOW)
    assert (comment.latest, comment.awaits) == (3, True)
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.approved, now=make.NOW)
    assert (shown(db, page)[0]["html"], shown(db, page)[0]["edited_by"]) == ("<p>My own.</p>", "writer")


def test_an_edit_that_was_edited_over_is_not_taken_back(db, page, owner, alice):
    comment = make.comment(db, page, alice, status=Status.approved)
    done = amended(db, comment, owner)
    edit(db, comment, make.text("My own."), policy=page.site.policy, now=make.NOW)
    with pytest.raises(Conflict):
        take_back(db, done, owner)
    assert shown(db, page)[0]["html"] == "<p>Better words.</p>"


def test_an_edit_of_what_changed_meanwhile_is_refused(db, owner, comment, page):
    edit(db, comment, make.text("My own."), policy=page.site.policy, now=make.NOW)
    with pytest.raises(Conflict):
        amend(db, comment.id, make.text("Better."), moderator=owner, seen=1, now=make.NOW)


# --- ask for changes --------------------------------------------------------------------------------------------------


def ask(db, comment, owner, reason="Please leave the name out."):
    values = {"seen": comment.version, "reason": reason, "now": make.NOW, "wait": WAIT}
    return ask_changes(db, comment.id, moderator=owner, **values)


def letter(db, kind):
    notice = db.scalars(select(Notice).where(Notice.kind == kind.name)).one()
    assert notice.due_at == make.NOW + WAIT
    return kind.write(db, notice, SENDER, make.NOW + WAIT)


def test_the_writer_is_asked_by_mail_and_the_changed_text_comes_back_to_the_queue(db, page, owner, comment):
    done = ask(db, comment, owner)
    sent = letter(db, ask_letter)
    assert sent.address == "alice@mail.example"
    assert "Please leave the name out." in sent.text
    assert "https://comments.example/change/" in sent.html
    later = make.NOW + timedelta(days=10)
    assert asked_still(db, done.id).id == done.id
    assert change(db, done.id, make.text("Without a name."), now=later).status is Status.waiting
    with pytest.raises(Conflict) as refusal:
        change(db, done.id, make.text("Again."), now=later)
    assert refusal.value.code == "already"


def test_an_approved_comment_stays_as_it_is_until_its_change_is_approved(db, page, owner, alice):
    comment = make.comment(db, page, alice, status=Status.approved)
    change(db, ask(db, comment, owner).id, make.text("Changed."), now=make.NOW)
    assert (shown(db, page)[0]["html"], comment.awaits) == ("<p>A fine review.</p>", True)


def test_a_request_that_was_taken_back_sends_no_mail_and_its_link_is_dead(db, owner, comment):
    done = ask(db, comment, owner)
    take_back(db, done, owner)
    assert letter(db, ask_letter) is None
    with pytest.raises(Missing):
        change(db, done.id, make.text("Changed."), now=make.NOW)


def test_nobody_can_be_asked_without_an_address_or_for_nothing(db, page, owner, comment):
    with pytest.raises(Refused):
        ask(db, comment, owner, reason="")
    with pytest.raises(Refused):
        ask(db, make.comment(db, page, make.person(db, page.site)), owner)
    moderate(db, moderator=owner, comment_id=comment.id, status=Status.rejected, now=make.NOW)
    with pytest.raises(Conflict):
        ask(db, comment, owner)


# --- reject with a reason ---------------------------------------------------------------------------------------------


def reject(db, comment, owner, *, told=True):
    values = {"reason": "No names, please.", "told": told, "now": make.NOW, "wait": WAIT}
    return moderate(db, moderator=owner, comment_id=comment.id, status=Status.rejected, **values)


def test_the_writer_is_told_the_reason_after_the_undo_window(db, owner, comment):
    reject(db, comment, owner)
    sent = letter(db, decision_letter)
    assert "No names, please." in sent.text
    assert sent.unsubscribe.startswith("https://comments.example/quiet/")
    assert "A fine review." not in sent.text + sent.html


def test_an_undone_rejection_is_told_to_nobody(db, owner, comment):
    undo(db, reject(db, comment, owner).decision_id, moderator=owner, now=make.NOW)
    assert letter(db, decision_letter) is None


def test_a_reason_that_is_not_for_the_writer_stays_inside(db, owner, comment):
    reject(db, comment, owner, told=False)
    assert db.scalars(select(Notice).where(Notice.kind == "decision")).all() == []


@pytest.mark.parametrize(("who", "wishes"), [("confirmed", True), ("quiet", False), ("typed", False), ("asked", True)])
def test_only_who_wishes_for_it_is_written_to(db, page, owner, alice, comment, who, wishes):
    alice.email_verified = who in ("confirmed", "quiet")
    alice.quiet_at = make.NOW if who == "quiet" else None
    if who == "asked":
        db.add(Subscription(page_id=page.id, person_id=alice.id, created_at=make.NOW))
    reject(db, comment, owner)
    assert (letter(db, decision_letter) is not None) is wishes


def test_the_reason_is_told_with_the_comment_only_while_it_stands(db, owner, comment):
    rejected = reject(db, comment, owner)
    assert told_reason(db, comment) == "No names, please."
    undo(db, rejected.decision_id, moderator=owner, now=make.NOW)
    assert told_reason(db, comment) is None
    reject(db, comment, owner, told=False)
    assert told_reason(db, comment) is None


# --- notes ------------------------------------------------------------------------------------------------------------


def test_notes_are_erased_with_the_person(db, owner, alice, comment):
    for comment_id in (None, comment.id):
        add_note(db, moderator=owner, person_id=alice.id, comment_id=comment_id, text="Hm.", now=make.NOW)
    assert len(notes_on(db, alice.id)) == 2
    removed = remove_note(db, notes_on(db, alice.id)[0].id, moderator=owner, now=make.NOW)
    erase(db, alice.id, now=make.NOW)
    assert notes_on(db, alice.id) == []
    with pytest.raises(Refused):
        undo_action(db, removed.id, moderator=owner, now=make.NOW)
    assert db.query(Note).count() == 0


def test_a_note_is_taken_back_removed_and_put_back_as_it_was(db, owner, alice, comment):
    bob = make.moderator(db, comment.page.site, name="Bob")
    written = add_note(db, moderator=bob, person_id=alice.id, comment_id=comment.id, text="Hm.", now=make.NOW)
    assert (written.kind, written.subject_id) == ("note_comment", comment.id)
    removed = remove_note(db, written.after["note"], moderator=owner, now=make.NOW)
    assert (notes_on(db, alice.id), count_notes(db, {alice.id})) == ([], {})
    with pytest.raises(Conflict):
        undo_action(db, written.id, moderator=owner, now=make.NOW)
    undo_action(db, removed.id, moderator=owner, now=make.NOW)
    (note,) = notes_on(db, alice.id, comment_id=comment.id)
    assert (note.text, note.moderator_id, note.created_at) == ("Hm.", bob.id, make.NOW)
    undo_action(db, written.id, moderator=owner, now=make.NOW)
    assert notes_on(db, alice.id) == []


def test_nobody_notes_on_anothers_site(db, alice, page):
    stranger = make.moderator(db, make.site(db))
    with pytest.raises(Missing):
        add_note(db, moderator=stranger, person_id=alice.id, comment_id=None, text="Hm.", now=make.NOW)


# --- ban --------------------------------------------------------------------------------------------------------------


def test_a_ban_takes_all_comments_along_and_brings_them_back(db, page, owner, alice):
    statuses = [Status.waiting, Status.approved, Status.rejected, Status.withdrawn]
    comments = [make.comment(db, page, alice, status=status) for status in statuses]
    bystander = make.comment(db, page, make.person(db, page.site), status=Status.approved)
    tomorrow = make.NOW + timedelta(days=1)
    done = ban(db, "ban", alice.id, moderator=owner, lasts=timedelta(days=7), now=tomorrow)
    assert ban_comments(db, done, Status.spam, moderator=owner, now=tomorrow).finished_at == tomorrow
    expected = [Status.spam, Status.spam, Status.spam, Status.withdrawn]
    assert [comment.status for comment in comments] == expected
    assert bystander.status is Status.approved
    assert db.scalars(select(Ban)).one().until == tomorrow + timedelta(days=7)
    take_back(db, done, owner)
    assert [comment.status for comment in comments] == statuses
    assert db.scalars(select(Ban)).one().lifted_at == make.NOW


def test_a_ban_of_an_address_reaches_all_that_came_from_there_and_is_lifted_when_the_address_is_forgotten(
    db, page, owner, alice
):
    comments = [make.comment(db, page, make.person(db, page.site, provider="guest")) for _ in range(2)]
    for comment in comments:
        comment.address_hash = b"n" * 32
    db.flush()
    done = ban(db, "ban_address", comments[0].id, moderator=owner, lasts=None, now=make.NOW)
    ban_comments(db, done, Status.rejected, moderator=owner, now=make.NOW)
    assert [comment.status for comment in comments] == [Status.rejected, Status.rejected]
    comments[0].address_hash = None
    db.flush()
    take_back(db, done, owner)
    assert db.scalars(select(Ban)).one().lifted_at == make.NOW
    with pytest.raises(Refused):
        ban(db, "ban_address", comments[0].id, moderator=owner, lasts=None, now=make.NOW)


def test_a_second_ban_replaces_the_first_and_its_undo_brings_the_first_back(db, owner, alice):
    week = ban(db, "ban", alice.id, moderator=owner, lasts=timedelta(days=7), now=make.NOW)
    ever = ban(db, "ban", alice.id, moderator=owner, lasts=None, now=make.NOW)
    take_back(db, ever, owner)
    (standing,) = db.scalars(select(Ban).where(Ban.lifted_at.is_(None))).all()
    assert standing.id == week.after["ban"]


def test_a_guest_who_confirmed_nothing_can_be_banned_but_not_trusted(db, page, owner):
    guest = make.person(db, page.site, provider="guest")
    ban(db, "ban", guest.id, moderator=owner, lasts=None, now=make.NOW)
    with pytest.raises(Refused):
        act(db, "trust", moderator=owner, subject_id=guest.id, wanted={"trusted": True}, now=make.NOW)
