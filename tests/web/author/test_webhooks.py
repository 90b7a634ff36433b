"""An owner adds webhooks, tries them, and takes back what was done; the secret is shown once and kept sealed."""

import re
from datetime import timedelta

import pytest

from moderation.foundation.tokens import Keys
from moderation.notifying.webhook import sign
from moderation.records import Action, Happening, Notice, OffBecause, Role, Webhook
from tests import make
from tests.notifying.receiver import Receiver
from tests.web.author.conftest import SEALED, Visitor
from tests.web.author.test_undelivered import notice

PLACE = "/dashboard/oak/webhooks"
EVENTS = [happening.value for happening in Happening]


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def app(start_app, receiver):
    receiver.status = 204
    receiver.received.clear()
    return start_app(outbound_exceptions=[receiver.place])


def webhooks(house):
    with house.database.reading() as db:
        return db.query(Webhook).all()


def add(ada, url, *events):
    return ada.send(PLACE, page=PLACE, url=url, event=list(events) or EVENTS)


def undo(ada, house):
    with house.database.reading() as db:
        newest = db.query(Action).order_by(Action.created_at.desc(), Action.id.desc()).first().id
    return ada.send("/dashboard/undo", page=PLACE, action=newest, back=PLACE)


def secret_in(answer):
    return re.search(r"<code>(whsec_[^<]+)</code>", answer.get_data(as_text=True))[1]


def test_the_secret_is_shown_once_and_kept_sealed(ada, house, receiver):
    secret = secret_in(add(ada, receiver.url, "comment.decided"))
    (made,) = webhooks(house)
    assert (made.url, made.happenings, made.enabled) == (receiver.url, ["comment.decided"], True)
    assert secret not in ada.text(PLACE)
    assert "whsec_" not in ada.text(PLACE)
    assert secret.encode() not in made.secret
    with house.database.reading() as db:
        assert secret not in str([action.after for action in db.query(Action)])


def test_a_test_says_what_became_of_it(ada, house, receiver):
    secret = secret_in(add(ada, receiver.url))
    (made,) = webhooks(house)
    answer = ada.send(f"{PLACE}/test", page=PLACE, webhook=made.id)
    assert f"The test arrived: {receiver.place} answered 204 after" in ada.text(answer.location)
    ((headers, body),) = receiver.received
    assert receiver.told()[0]["data"] == {"site": "oak"}
    moment = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(secret, headers["webhook-id"], moment, body.decode())
    assert webhooks(house)[0].worked_at is not None
    receiver.status = 500
    answer = ada.send(f"{PLACE}/test", page=PLACE, webhook=made.id)
    assert "The test failed. It answered 500" in ada.text(answer.location)
    # A test by hand pauses nothing.
    assert webhooks(house)[0].next_at is None


@pytest.mark.parametrize(
    ("url", "events", "said"),
    [
        ("http://hooks.example/", EVENTS, "must begin with https://"),
        ("https://169.254.169.254/latest", EVENTS, "not on the public internet"),
        ("https://hooks.example/", [], "Please choose at least one event."),
        ("", EVENTS, "Please enter the address"),
    ],
)
def test_what_cannot_be_kept_stands_in_the_form_with_the_reason(ada, house, url, events, said):
    answer = ada.send(PLACE, page=PLACE, url=url, event=events)
    assert answer.status_code == 422
    assert said in answer.text
    assert webhooks(house) == []


def test_all_of_it_is_undone_and_stands_in_the_history(ada, house, receiver):
    first = secret_in(add(ada, receiver.url))
    (made,) = webhooks(house)
    about = {"page": PLACE, "webhook": made.id}
    ada.send(PLACE, **about, url=receiver.url, event="comment.reported")
    assert webhooks(house)[0].happenings == ["comment.reported"]
    undo(ada, house)
    assert webhooks(house)[0].happenings == EVENTS
    ada.send(f"{PLACE}/switch", **about, to="off")
    assert not webhooks(house)[0].enabled
    undo(ada, house)
    second = secret_in(ada.send(f"{PLACE}/secret", **about))
    assert first != second
    ada.send(f"{PLACE}/remove", **about)
    assert webhooks(house) == []
    undo(ada, house)
    # It signs with the same secret as before.
    ada.send(f"{PLACE}/test", **about)
    headers, body = receiver.received[-1]
    moment = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(second, headers["webhook-id"], moment, body.decode())
    told = ada.text("/dashboard/oak/history?kind=webhook")
    for did in ("added", "changed", "switched off", "set another secret for", "removed"):
        assert f"{did} the webhook to {receiver.place} of" in told
    assert "/comments" not in re.sub(r'"[^"]*"', "", told)


def test_a_secret_that_cannot_be_read_any_more_is_told_and_another_one_helps(ada, house, receiver):
    add(ada, receiver.url)
    with house.database.transaction() as db:
        made = db.query(Webhook).one()
        made.secret = Keys(b"another key of thirty-two bytes!").encrypt("webhook", b"whsec_AAAA")
    about = {"page": PLACE, "webhook": made.id}
    answer = ada.send(f"{PLACE}/test", **about)
    assert "cannot be read with this installation's secret key" in ada.text(answer.location)
    secret = secret_in(ada.send(f"{PLACE}/secret", **about))
    ada.send(f"{PLACE}/test", **about)
    ((headers, body),) = receiver.received
    moment = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(secret, headers["webhook-id"], moment, body.decode())


def test_a_site_has_ten_at_most(ada, house, receiver):
    for _ in range(11):
        add(ada, receiver.url)
    assert len(webhooks(house)) == 10
    assert "Remove one first" in ada.text(PLACE)


def test_after_a_while_the_owner_shows_again_who_they_are_also_to_undo(ada, house, receiver):
    add(ada, receiver.url)
    token = ada.token(PLACE)
    ada.waits(timedelta(minutes=16))
    assert "change webhooks" in ada.text(PLACE)
    forms = {"webhook": webhooks(house)[0].id, "url": receiver.url, "event": EVENTS, "csrf_token": token, "to": "off"}
    for way in ("", "/switch", "/secret", "/remove"):
        answer = ada.client.post(PLACE + way, data=forms)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/dashboard/confirm")
    assert undo(ada, house).location.startswith("/dashboard/confirm")
    assert [one.enabled for one in webhooks(house)] == [True]


@pytest.mark.parametrize(("who", "status"), [("moderator", 403), ("stranger", 404)])
def test_nobody_but_an_owner_of_the_site_may(app, ada, house, blog, receiver, who, status):
    add(ada, receiver.url)
    with house.database.transaction() as db:
        site = db.merge(blog["site"])
        make.moderator(db, site, role=Role.moderator, email="moderator@blog.example", password=SEALED.hash)
        make.moderator(db, make.site(db, key="elm"), email="stranger@blog.example", password=SEALED.hash)
    visitor, webhook_id = Visitor(app), webhooks(house)[0].id
    visitor.signs_in(f"{who}@blog.example")
    for way in ("", "/switch", "/secret", "/remove", "/test"):
        assert visitor.send(PLACE + way, webhook=webhook_id, url=receiver.url, event=EVENTS).status_code == status
    if who == "stranger":
        elm = PLACE.replace("oak", "elm")
        assert visitor.send(f"{elm}/remove", page=elm, webhook=webhook_id).status_code == 404
    assert receiver.received == []
    assert len(webhooks(house)) == 1


def test_one_that_was_switched_off_is_told_of_and_what_it_missed_is_listed(ada, house, blog, receiver):
    add(ada, receiver.url)
    with house.database.transaction() as db:
        made = db.query(Webhook).one()
        made.enabled, made.off_because, made.off_at = False, OffBecause.gone, house.now()
    given_up = notice(house, blog["site"], webhook_id=made.id, problem="It answered 410.")
    with house.database.transaction() as db:
        db.get_one(Notice, given_up).kind = "webhook"
    assert f"to {receiver.place} is off" in ada.text("/dashboard/sites")
    assert "wants nothing any more (410), so it was switched off." in ada.text(PLACE)
    listed = ada.text("/dashboard/undelivered")
    assert f"what happened to a comment</strong>, to <bdi>{receiver.place}</bdi>" in listed
    ada.send("/dashboard/undelivered/again", page="/dashboard/undelivered", notice=given_up)
    assert "Switch it on first" in ada.text("/dashboard/undelivered")
    ada.send(f"{PLACE}/switch", page=PLACE, webhook=made.id, to="on")
    ada.send("/dashboard/undelivered/again", page="/dashboard/undelivered", notice=given_up)
    assert "given up" not in ada.text("/dashboard/undelivered")
    assert "is off" not in ada.text("/dashboard/sites")
