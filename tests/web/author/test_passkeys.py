"""Passkeys through the doors, with a device in software; a real browser does it in tests/browser/test_passkey.py."""

import json
from datetime import timedelta

import pytest

from moderation.records import Challenge, Passkey
from tests import make
from tests.authenticator import PRESENT, Device
from tests.web.author.conftest import ACCOUNT, JSON, ROOM, SEALED, SIGN_IN, Visitor

ADD = f"{ACCOUNT}/passkeys"
ENTER = f"{SIGN_IN}/passkey"


def options(visitor, path, page):
    answer = visitor.send(path, page=page, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.json


def adds(visitor, device, name="My phone"):
    made = device.create(options(visitor, f"{ADD}/options", ACCOUNT))
    return visitor.send(ADD, credential=json.dumps(made), name=name)


def enters(visitor, device, **fields):
    signed = device.get(options(visitor, f"{ENTER}/options", SIGN_IN))
    return visitor.send(ENTER, page=SIGN_IN, credential=json.dumps(signed), **fields)


def passkeys(house):
    with house.database.reading() as db:
        return db.query(Passkey).all()


@pytest.fixture
def device(ada):
    """A device with a passkey of Ada's."""
    device = Device()
    assert adds(ada, device).location == f"{ACCOUNT}#passkeys"
    return device


def test_a_passkey_is_added_named_and_signs_in_where_one_wanted_to_be(ada, device, visitor):
    assert "My phone" in ada.text(ACCOUNT)
    assert "not used yet" in ada.text(ACCOUNT)
    answer = enters(visitor, device, next="/dashboard/sites")
    assert (answer.status_code, answer.location) == (303, "/dashboard/sites")
    assert visitor.is_in
    assert "used just now" in ada.text(ACCOUNT)


def test_a_passkey_needs_no_code_beside_it(ada, device, authenticator, visitor):
    assert enters(visitor, device).location == ROOM
    assert visitor.is_in


def test_a_signature_works_once_and_in_its_own_browser(app, device, visitor):
    other = Visitor(app)
    signed = device.get(options(visitor, f"{ENTER}/options", SIGN_IN))
    options(other, f"{ENTER}/options", SIGN_IN)
    fields = {"page": SIGN_IN, "credential": json.dumps(signed)}
    assert other.send(ENTER, **fields).status_code == 403
    assert not other.is_in
    assert visitor.send(ENTER, **fields).status_code == 303
    visitor.client.post("/dashboard/sign-out", data={"csrf_token": visitor.token(ACCOUNT)})
    assert visitor.send(ENTER, **fields).status_code == 403
    assert not visitor.is_in


def test_a_challenge_that_is_too_old_opens_nothing(house, device, visitor):
    signed = device.get(options(visitor, f"{ENTER}/options", SIGN_IN))
    with house.database.transaction() as db:
        db.query(Challenge).update({"expires_at": house.now() - timedelta(seconds=1)})
    answer = visitor.send(ENTER, page=SIGN_IN, credential=json.dumps(signed))
    assert answer.status_code == 403
    assert "took too long" in answer.text


@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"flags": PRESENT}, {"step": 0}], ids=str
)
def test_a_wrong_signature_is_told_and_opens_nothing(ada, device, visitor, lie):
    assert enters(Visitor(ada.app), device).status_code == 303
    for name, value in lie.items():
        setattr(device, name, value)
    answer = enters(visitor, device)
    assert answer.status_code == 403
    assert 'class="problem"' in answer.text
    assert not visitor.is_in


def test_a_copied_passkey_is_shown_as_blocked_and_can_be_removed(ada, device, visitor, house):
    copy = Device(id=device.id, key=device.key, handle=device.handle, counter=device.counter)
    assert enters(Visitor(ada.app), device).status_code == 303
    assert enters(visitor, copy).status_code == 403
    assert "as if it had been copied" in ada.text(ACCOUNT)
    assert enters(visitor, device).status_code == 403
    ada.send(f"{ADD}/remove", passkey=device.id.hex())
    assert passkeys(house) == []


@pytest.mark.parametrize("credential", ["", "[]", "{}", "null", "[" * 16_000, '{"rawId":1}', "\x00"])
def test_whatever_is_sent_as_a_passkey_is_refused_in_words(ada, visitor, house, credential):
    options(visitor, f"{ENTER}/options", SIGN_IN)
    answer = visitor.send(ENTER, page=SIGN_IN, credential=credential)
    assert answer.status_code == 403
    assert not visitor.is_in
    options(ada, f"{ADD}/options", ACCOUNT)
    assert ada.send(ADD, credential=credential, name="x").status_code == 303
    assert passkeys(house) == []


def test_adding_and_removing_ask_again_after_a_quarter_of_an_hour(ada, device, house):
    ada.waits(timedelta(minutes=15))
    refused = ada.send(f"{ADD}/options", headers=JSON)
    assert (refused.status_code, refused.json["problem"]) == (403, "confirm")
    assert refused.json["address"].startswith("/dashboard/confirm")
    assert "/dashboard/confirm" in ada.send(f"{ADD}/remove", passkey=device.id.hex()).location
    assert len(passkeys(house)) == 1
    assert "Add a passkey" not in ada.text(ACCOUNT)


def test_a_passkey_shows_again_that_it_is_you(ada, device):
    ada.waits(timedelta(minutes=15))
    page = f"/dashboard/confirm?next={ACCOUNT}"
    signed = device.get(options(ada, "/dashboard/confirm/passkey/options", page))
    assert (
        ada.send("/dashboard/confirm/passkey", page=page, credential=json.dumps(signed), next=ACCOUNT).status_code
        == 303
    )
    assert "Add a passkey" in ada.text(ACCOUNT)


def test_another_moderators_passkey_does_not(ada, app, house, blog):
    with house.database.transaction() as db:
        make.moderator(db, db.merge(blog["site"]), email="bob@blog.example", password=SEALED.hash)
    bob, device = Visitor(app), Device()
    bob.signs_in("bob@blog.example")
    adds(bob, device)
    ada.waits(timedelta(minutes=15))
    page = f"/dashboard/confirm?next={ACCOUNT}"
    signed = device.get(options(ada, "/dashboard/confirm/passkey/options", ACCOUNT))
    assert ada.send("/dashboard/confirm/passkey", page=page, credential=json.dumps(signed)).status_code == 403
    assert "Add a passkey" not in ada.text(ACCOUNT)


def test_a_forged_or_anonymous_request_gets_no_challenge(visitor, house):
    assert visitor.client.post(f"{ENTER}/options", headers=JSON).status_code == 400
    assert visitor.client.post(f"{ADD}/options", headers=JSON).status_code in (400, 401)
    with house.database.reading() as db:
        assert db.query(Challenge).count() == 0


def test_challenges_are_limited_by_where_they_are_asked_from(start_app, blog):
    visitor = Visitor(start_app(limited=True, rates={"passkey": "3/minute"}))
    token = visitor.token(SIGN_IN)
    answers = [visitor.client.post(f"{ENTER}/options", data={"csrf_token": token}, headers=JSON) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_at_a_bare_address_there_are_no_passkeys_and_it_is_said(start_app, blog):
    visitor = Visitor(start_app(public_url="http://127.0.0.1:8000"))
    assert "Use a passkey" not in visitor.text(SIGN_IN)
    visitor.signs_in()
    assert "not for a bare IP address" in visitor.text(ACCOUNT)
