"""What a moderator does from a card beside deciding: forms that work without a script, and all of it taken back."""

from datetime import timedelta

import pytest

from moderation.intake.edit import edit
from moderation.records import Action, Ban, Comment, Note, Notice, Page, Person, SavedReply, Status, Version
from tests import make
from tests.web.author.conftest import JSON, ROOM


@pytest.fixture
def card(house, blog):
    """A waiting comment by Alice, and what belongs to it."""
    with house.database.transaction() as db:
        page = make.page(db, blog["site"])
        alice = make.person(db, blog["site"], email="alice@mail.example", email_verified=True)
        comment = make.comment(db, page, alice, now=house.now())
        comment.address_hash = b"n" * 32
    return comment


def at(card, verb):
    return f"/dashboard/comments/{card.id}/{verb}"


def send(ada, card, verb, **fields):
    return ada.send(at(card, verb), page=at(card, verb), comment=card.id, seen="1", **fields)


def standing(house, card):
    with house.database.reading() as db:
        return db.get_one(Comment, card.id).status


def everything(house, record, **values):
    with house.database.reading() as db:
        return db.query(record).filter_by(**values).all()


def undo(ada, house):
    """Take back what was done."""
    (action,) = everything(house, Action, undoes_id=None)
    return ada.send("/dashboard/undo", action=action.id, comment=action.subject_id)


def test_a_reason_is_told_to_the_writer_and_a_missing_one_is_asked_for(ada, house, card):
    assert send(ada, card, "reject", reason=" ").status_code == 422
    assert standing(house, card) is Status.waiting
    assert send(ada, card, "reject", reason="Please be kind.").status_code == 303
    assert standing(house, card) is Status.rejected
    assert "Please be kind." in ada.text(f"/dashboard/comments/{card.id}")
    assert len(everything(house, Notice, kind="decision")) == 1


def test_a_comment_is_approved_and_answered_and_both_taken_back(ada, house, card):
    assert send(ada, card, "answer", body="Thank you, *Alice*.", key="k").status_code == 303
    (answer,) = everything(house, Comment, parent_id=card.id)
    assert (standing(house, card), answer.status) == (Status.approved, Status.approved)
    (action,) = everything(house, Action)
    assert f'name="action" value="{action.id}"' in ada.text(ROOM)
    assert undo(ada, house).status_code == 303
    assert standing(house, card) is Status.waiting


def test_a_form_sent_twice_answers_once(ada, house, card):
    for _ in range(2):
        assert send(ada, card, "answer", body="Thank you.", key="k").status_code == 303
    assert len(everything(house, Comment, parent_id=card.id)) == 1


def test_an_edit_keeps_the_writers_text_and_is_taken_back(ada, house, card):
    assert "A fine review." in ada.text(at(card, "edit"))
    assert send(ada, card, "edit", body="A finer review.").status_code == 303
    assert [version.moderator_id is None for version in everything(house, Version, comment_id=card.id)] == [True, False]
    shown = ada.text(f"/dashboard/comments/{card.id}")
    assert "Edited by a moderator" in shown
    assert "All texts" in shown
    undo(ada, house)
    assert everything(house, Comment, id=card.id)[0].latest == 1


def test_changes_are_asked_for_and_the_card_says_so_until_they_come(ada, house, card):
    assert send(ada, card, "ask-changes", reason="No names, please.").status_code == 303
    assert "asked for changes just now: No names, please." in ada.text(ROOM)
    undo(ada, house)
    assert "asked for changes" not in ada.text(ROOM)


def test_a_ban_takes_the_comments_along_and_its_undo_brings_them_back(ada, house, card):
    assert send(ada, card, "ban", who="person", lasts="week", fate="spam", reason="Enough.").status_code == 303
    (ban,) = everything(house, Ban)
    assert timedelta(days=6) < ban.until - house.now() <= timedelta(days=7)
    assert standing(house, card) is Status.spam
    assert "Banned until" in ada.text(f"/dashboard/people/{card.person_id}")
    undo(ada, house)
    assert standing(house, card) is Status.waiting
    assert everything(house, Ban)[0].lifted_at is not None


@pytest.mark.parametrize("wrong", [{"who": "x"}, {"lasts": "x"}, {"fate": "x"}, {"who": ""}])
def test_an_incomplete_ban_bans_nobody(ada, house, card, wrong):
    fields = {"who": "person", "lasts": "ever", "fate": "leave"} | wrong
    assert send(ada, card, "ban", **fields).status_code == 422
    assert everything(house, Ban) == []


@pytest.mark.parametrize(
    ("do", "back", "record", "value"),
    [
        ("trust", "distrust", Person, lambda person: person.trusted_at is not None),
        ("close", "open", Page, lambda page: page.closed_at is not None),
        ("pin", "unpin", Comment, lambda comment: comment.pinned),
    ],
)
def test_one_button_does_it_and_another_takes_it_back(ada, house, card, do, back, record, value):
    ada.send("/dashboard/decide", comment=card.id, seen="1", status="approved")
    for button, expected in ((do, True), (do, True), (back, False)):
        assert ada.send("/dashboard/act", comment=card.id, do=button, back=ROOM).status_code == 303
        assert [value(row) for row in everything(house, record)] == [expected]


def test_the_slower_of_two_who_use_forms_is_told(ada, house, card):
    ada.send("/dashboard/decide", comment=card.id, seen="1", status="rejected")
    for verb, fields in (("answer", {"body": "Thank you.", "key": "k"}), ("edit", {"body": "Better."})):
        send(ada, card, verb, **fields)
        assert "so yours was not taken" in ada.text(ROOM)
    assert everything(house, Comment, parent_id=card.id) == []


def test_the_script_gets_the_card_and_what_undoes_it(ada, card):
    answer = ada.send(
        at(card, "edit"), page=at(card, "edit"), headers=JSON, comment=card.id, seen="1", body="Better."
    ).json
    assert (answer["problem"], answer["undo"][:2], answer["sentence"]) == (None, "a_", "Edited.")
    assert "Better." in answer["card"]
    answer = ada.send("/dashboard/undo", headers=JSON, action=answer["undo"], comment=card.id).json
    assert (answer["sentence"], "A fine review." in answer["card"]) == ("Undone.", True)
    answer = ada.send(at(card, "reject"), page=at(card, "reject"), headers=JSON, seen="1", reason="")
    assert (answer.status_code, answer.json["field"]) == (422, "reason")


def test_an_edit_that_waits_is_shown_as_a_diff_with_words_for_who_sees_no_marks(ada, house, card):
    ada.send("/dashboard/decide", comment=card.id, seen="1", status="approved")
    with house.database.transaction() as db:
        comment = db.get_one(Comment, card.id)
        edit(db, comment, make.text("A <fine> poem."), policy=comment.page.site.policy, now=house.now())
    page = ada.client.get(ROOM).get_data(as_text=True)
    assert '<del><span class="unseen"> removed: </span>review<span' in page
    assert '<ins><span class="unseen"> added: </span>&lt;' in page


def test_notes_are_for_moderators_and_go_with_the_person(ada, house, card):
    place = f"/dashboard/people/{card.person_id}"
    ada.send("/dashboard/notes", person=card.person_id, text="Met at the fair.", back=place)
    ada.send("/dashboard/notes", person=card.person_id, comment=card.id, text="Look again.", back=place)
    assert "Met at the fair." in ada.text(place)
    assert "Look again." in ada.text(f"/dashboard/comments/{card.id}")
    assert "2 notes" in ada.text(ROOM)
    ada.send("/dashboard/notes", person=card.person_id, text="  ", back=place)
    notes = everything(house, Note)
    assert len(notes) == 2
    ada.send("/dashboard/notes/remove", note=notes[0].id, back=place)
    assert "Met at the fair." not in ada.text(place)
    assert "1 note" in ada.text(ROOM)


def test_saved_replies_are_kept_changed_offered_and_removed(ada, house, card):
    place = "/dashboard/oak/replies"
    assert ada.send(place, page=place, title="", text="Words.").status_code == 422
    ada.send(place, page=place, title="Thanks", text="Thank you for writing.")
    (reply,) = everything(house, SavedReply)
    ada.send(place, page=place, reply=reply.id, title="Thanks", text="Thank you.")
    assert '<option value="Thank you.">Thanks</option>' in ada.text(at(card, "answer"))
    ada.send(f"{place}/remove", page=place, reply=reply.id)
    assert everything(house, SavedReply) == []


def test_the_history_tells_everything_by_whom_and_why_and_is_filtered(ada, house, card):
    send(ada, card, "reject", reason="Please be kind.")
    ada.send("/dashboard/act", comment=card.id, do="trust")
    for path, seen in (
        ("/dashboard/history", {"trusted", "Please be kind."}),
        ("/dashboard/oak/history?kind=trust", {"trusted"}),
        ("/dashboard/oak/history?kind=rejected", {"Please be kind."}),
        ("/dashboard/history?who=screening", set()),
        (f"/dashboard/people/{card.person_id}/history", {"trusted", "Please be kind."}),
    ):
        listed = ada.text(path).partition('<ol class="past">')[2]
        assert {word for word in ("trusted", "Please be kind.") if word in listed} == seen, path
    for path in ("/dashboard/history?who=m_x", "/dashboard/history?kind=x", "/dashboard/elm/history"):
        assert ada.get(path).status_code == 404
    assert ada.get("/dashboard/history?after=x").status_code == 422


def test_a_persons_page_shows_who_gave_the_same_address_and_joins_nobody(ada, house, blog, card):
    with house.database.transaction() as db:
        guest = make.person(db, blog["site"], name="Gus", provider="guest", email="alice@mail.example")
    text = ada.text(f"/dashboard/people/{card.person_id}")
    assert guest.id in text
    assert "joins nobody" in text
    assert ada.get(f"/dashboard/people/{card.person_id}?after=x").status_code == 422
