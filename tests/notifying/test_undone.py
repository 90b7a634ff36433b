"""What a moderator says to a writer waits until it can no longer be taken back, and goes over a real mail server."""

from datetime import timedelta

import pytest

from moderation.foundation.tickets import read_ticket
from moderation.journey import ask_changes, moderate
from moderation.notifying.deliver import deliver
from moderation.records import Notice, Status
from moderation.review.undo import undo, undo_action
from tests import make
from tests.notifying.conftest import KEYS, office

WAIT = timedelta(seconds=10)


@pytest.fixture
def scene(database):
    with database.transaction() as db:
        site = make.site(db)
        owner = make.moderator(db, site)
        alice = make.person(db, site, email="alice@mail.example", email_verified=True)
        comment = make.comment(db, make.page(db, site), alice)
    return owner, comment


def reject(db, owner, comment):
    values = {"reason": "No names, please.", "told": True, "now": make.NOW, "wait": WAIT}
    return moderate(db, moderator=owner, comment_id=comment.id, status=Status.rejected, **values).decision_id


def ask(db, owner, comment):
    values = {"reason": "No names, please.", "now": make.NOW, "wait": WAIT}
    return ask_changes(db, comment.id, moderator=owner, seen=comment.version, **values).id


def send_all(database, mail_server, after):
    while deliver(office(database, mail_server.url), now=make.NOW + after, chance=0):
        pass
    return [mail["Subject"] for mail in mail_server.mails]


@pytest.mark.parametrize("say", [reject, ask])
def test_nothing_is_sent_before_the_window_closes_and_one_mail_afterwards(database, mail_server, scene, say):
    with database.transaction() as db:
        say(db, *scene)
    assert send_all(database, mail_server, WAIT - timedelta(seconds=1)) == []
    assert len(send_all(database, mail_server, WAIT)) == 1
    (mail,) = mail_server.mails
    assert mail_server.recipients == ["alice@mail.example"]
    assert "No names, please." in mail.get_body(("plain",)).get_content()
    assert "No names, please." in mail.get_body(("html",)).get_content()


@pytest.mark.parametrize(("say", "take_back"), [(reject, undo), (ask, undo_action)])
def test_what_was_undone_within_the_window_is_never_sent(database, mail_server, scene, say, take_back):
    with database.transaction() as db:
        done = say(db, *scene)
    with database.transaction() as db:
        take_back(db, done, moderator=scene[0], now=make.NOW + timedelta(seconds=9))
    assert send_all(database, mail_server, timedelta(days=1)) == []
    with database.reading() as db:
        assert [notice.dropped_at is not None for notice in db.query(Notice)] == [True]


def test_the_mail_leads_to_a_page_that_is_the_writers_alone(database, mail_server, scene):
    with database.transaction() as db:
        action_id = ask(db, *scene)
    send_all(database, mail_server, WAIT)
    text = mail_server.mails[0].get_body(("plain",)).get_content()
    ticket = text.partition("https://comments.example/change/")[2].split()[0]
    assert read_ticket(KEYS, "change", ticket, make.NOW + timedelta(days=13)) == action_id
