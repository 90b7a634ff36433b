"""Deciding from a mail: what follows the link changes nothing, the button does, once, and only for a moderator."""

import re
from datetime import timedelta

import pytest

from moderation.journey import edit, moderate, prepare
from moderation.notifying.decide_link import VALID, Act, Wish, write_link
from moderation.records import Comment, Membership, Moderator, Status
from tests import make

STATUSES = [(Act.approve, Status.approved), (Act.reject, Status.rejected), (Act.spam, Status.spam)]


@pytest.fixture
def comment(house):
    with house.database.transaction() as db:
        site = make.site(db)
        made = make.comment(db, make.page(db, site), make.person(db, site, name="Ann & Bob"), body="A fine film.")
        for name in ("Ada", "Bob"):
            make.moderator(db, site, name=name)
        return made


def link(house, comment, act, *, name="Ada", now=None):
    with house.database.reading() as db:
        moderator = db.query(Moderator).filter_by(name=name).one()
        seen = db.get_one(Comment, comment.id).version
    wish = Wish(act=act, comment_id=comment.id, seen=seen, moderator_id=moderator.id)
    return write_link(house.keys, wish, public_url="", now=now or house.now())


def status(house, comment):
    with house.database.reading() as db:
        return db.get_one(Comment, comment.id).status


def press(client, page):
    """Press the button of a page that was answered."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    action = re.search(r'<form method="post"(?: action="([^"]+)")?', page.text)[1] or page.request.path
    return client.post(action, data={"csrf_token": token})


@pytest.mark.parametrize(("act", "after"), STATUSES)
def test_looking_decides_nothing_and_pressing_does(client, house, comment, act, after):
    page = client.get(link(house, comment, act))
    assert page.status_code == 200
    assert "Ann &amp; Bob" in page.text
    assert "A fine film." in page.text
    assert status(house, comment) is Status.waiting
    assert press(client, page).status_code == 200
    assert status(house, comment) is after


@pytest.mark.parametrize("act", list(Act))
def test_any_number_of_looks_and_other_methods_change_nothing(client, house, comment, act):
    address = link(house, comment, act)
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "GET"):
        client.open(address, method=method)
    assert client.post(address).status_code == 400
    assert status(house, comment) is Status.waiting


def test_what_a_link_did_is_taken_back_by_a_button_once(client, house, comment):
    done = press(client, client.get(link(house, comment, Act.spam)))
    undo = re.search(r'action="(/decide/undo/[^"]+)"', done.text)[1]
    assert "Undone" in press(client, done).text
    assert status(house, comment) is Status.waiting
    token = re.search(r'name="csrf_token" value="([^"]+)"', done.text)[1]
    assert client.post(undo, data={"csrf_token": token}).status_code == 409


def test_a_link_works_once_even_after_an_undo(client, house, comment):
    address = link(house, comment, Act.approve)
    press(client, press(client, client.get(address)))
    again = client.get(address)
    assert "does nothing any more" in again.text
    assert "<button" not in again.text
    assert status(house, comment) is Status.waiting


def test_the_slower_of_two_moderators_sees_what_was_decided(client, house, comment):
    mine = client.get(link(house, comment, Act.reject))
    press(client, client.get(link(house, comment, Act.approve, name="Bob")))
    late = press(client, mine)
    assert late.status_code == 409
    assert "Bob approved this" in late.text
    assert status(house, comment) is Status.approved


def test_what_its_writer_changed_meanwhile_must_be_read_first(client, house, comment):
    asked = client.get(link(house, comment, Act.approve))
    with house.database.transaction() as db:
        edit(db, comment.id, prepare("Quite another text."), now=make.NOW + timedelta(seconds=30))
    late = press(client, asked)
    assert "changed this comment since the mail" in late.text
    assert "Quite another text." in late.text
    assert status(house, comment) is Status.waiting


def test_a_link_ends_after_a_week(client, house, comment):
    address = link(house, comment, Act.approve, now=house.now() - VALID)
    assert "expired" in client.get(address).text
    assert client.post(address).status_code >= 400


def test_who_moderates_no_more_decides_no_more(client, house, comment):
    address = link(house, comment, Act.approve)
    asked = client.get(address)
    with house.database.transaction() as db:
        ada = db.query(Moderator).filter_by(name="Ada").one()
        db.query(Membership).filter_by(moderator_id=ada.id).delete()
    assert client.get(address).status_code == 404
    assert press(client, asked).status_code == 404
    assert status(house, comment) is Status.waiting


def test_a_moderator_of_another_site_only_decides_nothing(client, house, comment):
    with house.database.transaction() as db:
        make.moderator(db, make.site(db), name="Eve")
    assert client.get(link(house, comment, Act.approve, name="Eve")).status_code == 404


def test_no_part_of_a_link_can_be_another(client, house, comment):
    address = link(house, comment, Act.approve)
    for old, new in (("approve", "spam"), (comment.id, "c_0000000000000000000000"), ("~1~", "~2~")):
        assert client.get(address.replace(old, new)).status_code == 404
    assert client.get(address[:-1]).status_code == 404
    assert client.get(address.replace("/decide/", "/unsubscribe/")).status_code == 404


def test_a_former_decision_by_the_dashboard_ends_the_link(client, house, comment):
    address = link(house, comment, Act.approve)
    with house.database.transaction() as db:
        bob = db.query(Moderator).filter_by(name="Bob").one()
        moderate(db, moderator=bob, comment_id=comment.id, status=Status.rejected, now=house.now())
    assert "Bob rejected this" in client.get(address).text


def write(client, house, comment, text, *, page=None):
    """Fill in the answer on the page of its link, and press the button."""
    page = page or client.get(link(house, comment, Act.answer))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return client.post(page.request.path, data={"csrf_token": token, "body": text})


def answers(house, comment):
    with house.database.reading() as db:
        found = db.query(Comment).filter_by(parent_id=comment.id)
        return [(one.person.name, one.person.badge, one.status, one.versions[0].body) for one in found]


def test_an_answer_approves_and_stands_below_as_the_authors(client, house, comment):
    done = write(client, house, comment, "Thank *you*.\r\nReally.")
    assert done.status_code == 200
    assert status(house, comment) is Status.approved
    assert answers(house, comment) == [("Ada", "author", Status.approved, "Thank *you*.\nReally.")]
    press(client, done)
    assert status(house, comment) is Status.waiting
    assert answers(house, comment)[0][2] is not Status.approved


@pytest.mark.parametrize(("text", "said"), [("", "write something"), ("x" * 8193, "8,192"), ("a\0b", "control")])
def test_an_answer_that_cannot_be_taken_is_told_and_still_there(client, house, comment, text, said):
    refused = write(client, house, comment, text)
    assert refused.status_code == 422
    assert said in refused.text
    assert status(house, comment) is Status.waiting
    assert answers(house, comment) == []


def test_an_answer_that_comes_too_late_is_there_to_be_copied(client, house, comment):
    asked = client.get(link(house, comment, Act.answer))
    press(client, client.get(link(house, comment, Act.reject, name="Bob")))
    late = write(client, house, comment, "Thank you.", page=asked)
    assert late.status_code == 409
    assert "Bob rejected this" in late.text
    assert "Thank you." in late.text
    assert answers(house, comment) == []


def test_an_answer_sent_twice_stands_once(client, house, comment):
    asked = client.get(link(house, comment, Act.answer))
    for expected in (200, 409):
        assert write(client, house, comment, "Thank you.", page=asked).status_code == expected
    assert len(answers(house, comment)) == 1
