"""What a writer does from a mail: changes a comment that a moderator asked about, and stops such mails."""

import re
from datetime import timedelta
from html import unescape

import pytest

from moderation.foundation.tickets import write_ticket
from moderation.journey import ask_changes
from moderation.records import Comment, Person, Status, Version
from moderation.review.undo import undo_action
from tests import make


@pytest.fixture
def asked(house):
    """A waiting comment whose writer is asked for a change, and the link."""
    with house.database.transaction() as db:
        site = make.site(db)
        owner = make.moderator(db, site, password="x")
        page = make.page(db, site)
        comment = make.comment(db, page, make.person(db, site, email="alice@mail.example"), now=house.now())
        values = {"seen": 1, "reason": "Please\nbe kind.", "now": house.now(), "wait": timedelta()}
        action = ask_changes(db, comment.id, moderator=owner, **values)
    return {"owner": owner, "comment": comment.id, "action": action.id, "person": comment.person_id}


def link(house, subject, purpose="change", days=14):
    return f"/{purpose}/{write_ticket(house.keys, purpose, subject, house.now() + timedelta(days=days))}"


def send(client, address, **fields):
    page = client.get(address).get_data(as_text=True)
    token = unescape(re.search(r'name="csrf_token" value="([^"]+)"', page)[1])
    return client.post(address, data={"csrf_token": token} | fields)


def texts(house, comment_id):
    with house.database.reading() as db:
        return [version.body for version in db.query(Version).filter_by(comment_id=comment_id)]


def test_the_writer_sees_what_is_asked_and_sends_another_text_once(client, house, asked):
    address = link(house, asked["action"])
    page = unescape(client.get(address).get_data(as_text=True))
    assert "be kind." in page
    assert "A fine review." in page
    answer = send(client, address, body="A kind review.")
    assert (answer.status_code, "with the moderators" in answer.get_data(as_text=True)) == (200, True)
    assert texts(house, asked["comment"]) == ["A fine review.", "A kind review."]
    again = client.get(address)
    assert (again.status_code, "changed already" in again.get_data(as_text=True)) == (409, True)
    with house.database.reading() as db:
        comment = db.get_one(Comment, asked["comment"])
        assert (comment.status, comment.latest, comment.awaits) == (Status.waiting, 2, True)


@pytest.mark.parametrize("body", ["", "   ", "x" * 8193, "a\x00b"])
def test_a_text_that_cannot_be_taken_is_told_beside_it_and_the_link_still_works(client, house, asked, body):
    address = link(house, asked["action"])
    answer = send(client, address, body=body)
    assert (answer.status_code, 'role="alert"' in answer.get_data(as_text=True)) == (422, True)
    assert send(client, address, body="Well.").status_code == 200


def test_a_link_of_another_purpose_too_old_or_taken_back_does_nothing(client, house, asked):
    for address, status in (
        (link(house, asked["action"], days=-1), 422),
        (link(house, asked["comment"]), 404),
        (link(house, asked["person"], "quiet").replace("/quiet/", "/change/"), 404),
    ):
        assert client.get(address).status_code == status
    with house.database.transaction() as db:
        undo_action(db, asked["action"], moderator=asked["owner"], now=house.now())
    assert client.get(link(house, asked["action"])).status_code == 404


def test_a_form_without_its_token_changes_nothing(client, house, asked):
    address = link(house, asked["action"])
    client.get(address)
    assert client.post(address, data={"body": "Forged."}).status_code == 400
    assert texts(house, asked["comment"]) == ["A fine review."]


def test_mails_about_ones_own_comments_are_stopped_by_a_button_and_not_by_looking(client, house, asked):
    address = link(house, asked["person"], "quiet")
    for done in (False, True):
        with house.database.reading() as db:
            assert (db.get_one(Person, asked["person"]).quiet_at is not None) is done
        assert send(client, address).status_code == 200 if not done else client.get(address).status_code == 200
