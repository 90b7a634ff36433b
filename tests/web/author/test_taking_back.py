"""Notes and saved replies are taken back from the message that follows, and from the history; so is whatever is set."""

import re

import pytest

from moderation.records import Action, DecidedBy, Moderator, Note, Page, SavedReply, Status
from moderation.review.act import act
from moderation.review.actions.saved_reply import MOST
from moderation.review.undo import AT_ONCE
from tests import make

REPLIES = "/dashboard/oak/replies"
HISTORY = "/dashboard/oak/history"


@pytest.fixture
def app(start_app, database_url):
    return start_app(database_url=database_url)


@pytest.fixture
def alice(house, blog):
    with house.database.transaction() as db:
        alice = make.person(db, blog["site"])
        make.comment(db, make.page(db, blog["site"]), alice, now=house.now())
    return alice


def press_undo(ada, place):
    """Press the first Undo of a page; return what it says then."""
    found = re.search(r'name="(action|decision)" value="(\w+)"', ada.text(place))
    assert ada.send("/dashboard/undo", **{found[1]: found[2]}, back=place).status_code == 303
    return ada.text(place)


def notes(ada, alice):
    listed = ada.text(f"/dashboard/people/{alice.id}").partition('id="notes"')[2].partition("</section>")[0]
    return re.findall(r'class="words" dir="auto">(.*?)<', listed)


def replies(house):
    with house.database.reading() as db:
        return [(reply.title, reply.text) for reply in db.query(SavedReply).order_by(SavedReply.title)]


def test_a_note_is_taken_back_and_so_is_its_removal(ada, house, alice):
    place = f"/dashboard/people/{alice.id}"
    ada.send("/dashboard/notes", person=alice.id, text="Met at the fair.", back=place)
    assert notes(ada, alice) == ["Met at the fair."]
    ada.send("/dashboard/notes", person=alice.id, text="Owes me a book.", back=place)
    assert "Undone." in press_undo(ada, place)
    assert notes(ada, alice) == ["Met at the fair."]
    with house.database.reading() as db:
        (note,) = db.query(Note).filter_by(removed_at=None)
    for _ in range(2):
        assert ada.send("/dashboard/notes/remove", note=note.id, back=place).status_code == 303
    assert notes(ada, alice) == []
    assert "removed a note on" in ada.text(HISTORY)
    press_undo(ada, HISTORY)
    assert notes(ada, alice) == ["Met at the fair."]
    assert ada.send("/dashboard/notes/remove", note="x", back=place).status_code == 404


def test_a_note_that_was_erased_does_not_come_back(ada, house, alice):
    place = f"/dashboard/people/{alice.id}"
    ada.send("/dashboard/notes", person=alice.id, text="Met at the fair.", back=place)
    with house.database.transaction() as db:
        db.query(Note).delete()
    assert "has been changed again since" in press_undo(ada, HISTORY)


def test_saved_replies_are_taken_back_step_by_step(ada, house):
    ada.send(REPLIES, page=REPLIES, title="Thanks", text="Thank you for writing.")
    (reply_id,) = re.findall(r'name="reply" value="(y_\w+)"', ada.text(REPLIES))[:1]
    ada.send(REPLIES, page=REPLIES, reply=reply_id, title="Thanks", text="Thank you.")
    ada.send(f"{REPLIES}/remove", page=REPLIES, reply=reply_id)
    told = ada.text(HISTORY)
    for said in ("saved the reply “Thanks”", "changed the reply “Thanks”", "removed the saved reply “Thanks”"):
        assert said in told
    with house.database.reading() as db:
        done = db.query(Action).filter_by(kind="saved_reply").order_by(Action.created_at.desc()).all()
    for action, left in zip(
        done, ([("Thanks", "Thank you.")], [("Thanks", "Thank you for writing.")], []), strict=True
    ):
        ada.send("/dashboard/undo", action=action.id, back=HISTORY)
        assert replies(house) == left


def test_the_message_after_a_saved_reply_takes_it_back(ada, house):
    ada.send(REPLIES, page=REPLIES, title="Thanks", text="Thank you.")
    press_undo(ada, REPLIES)
    assert replies(house) == []
    ada.send(REPLIES, page=REPLIES, title="Thanks", text="Thank you.")
    assert ada.send(REPLIES, page=REPLIES, title="Thanks", text="Thank you.", reply="x").status_code == 404
    assert len(replies(house)) == 1


def test_a_site_has_room_for_so_many_replies(ada, house, blog):
    with house.database.transaction() as db:
        for number in range(MOST):
            values = {"title": f"{number}", "text": "Words.", "created_at": make.NOW}
            db.add(SavedReply(id=f"y_{number:022}", site_id=blog["site"].id, **values))
    answer = ada.send(REPLIES, page=REPLIES, title="One more", text="Words.")
    assert (answer.status_code, "Remove one first." in answer.text) == (422, True)
    ada.send(f"{REPLIES}/remove", page=REPLIES, reply=f"y_{0:022}")
    ada.send(REPLIES, page=REPLIES, title="One more", text="Words.")
    with house.database.reading() as db:
        removed = db.query(Action).order_by(Action.created_at).first()
    ada.send("/dashboard/undo", action=removed.id, back=REPLIES)
    assert "Remove one first." in ada.text(REPLIES)
    assert len(replies(house)) == MOST


def test_nobody_touches_the_replies_of_another_site(ada, house):
    with house.database.transaction() as db:
        elm = make.site(db, key="elm")
        db.add(SavedReply(id=f"y_{1:022}", site_id=elm.id, title="Ours", text="Words.", created_at=make.NOW))
    assert ada.send(REPLIES, page=REPLIES, reply=f"y_{1:022}", title="Mine", text="Words.").status_code == 404
    assert ada.send(f"{REPLIES}/remove", page=REPLIES, reply=f"y_{1:022}").status_code == 404
    assert replies(house) == [("Ours", "Words.")]


def test_a_moved_page_is_taken_back_from_the_message(ada, house, alice):
    place = "/dashboard/oak/addresses"
    with house.database.reading() as db:
        old = db.query(Page).one().url
    ada.send(f"{place}/page", page=place, old=old, new=f"{make.BLOG}/elsewhere")
    press_undo(ada, place)
    with house.database.reading() as db:
        assert db.query(Page).one().url == old


def test_a_great_selection_is_taken_back_with_a_page_that_says_how_far_it_is(ada, house, blog, alice):
    with house.database.transaction() as db:
        page, values = db.query(Page).one(), {"by": DecidedBy.moderator, "now": house.now()}
        mine, subject = db.get_one(Moderator, blog["ada"].id), blog["site"].id
        done = act(db, "many", moderator=mine, subject_id=subject, wanted={"status": "spam"}, now=house.now())
        for _ in range(AT_ONCE + 1):
            comment = make.comment(db, page, alice, now=house.now())
            make.decide(db, comment.id, Status.spam, action_id=done.id, **values)
    answer = ada.send("/dashboard/undo", action=done.id, back=HISTORY)
    assert answer.location.startswith("/dashboard/many/x_")
    text = ada.text(answer.location)
    assert f"Undoing: {AT_ONCE} of {AT_ONCE + 1}." in text
    assert "it goes on by itself" in text
