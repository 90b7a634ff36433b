"""Whoever changes how one signs in as a moderator, that moderator is told by mail; what changed nothing is not told."""

import json
import re

import pytest

from moderation.identity.setup_code import new_setup_code
from moderation.records import Moderator, Notice
from tests.authenticator import Device
from tests.web.author.conftest import ACCOUNT, PASSWORD, SIGN_IN, Visitor, told
from tests.web.author.test_passkeys import ADD, adds, enters
from tests.web.author.test_second_factor import FACTOR, gives, set_up

ADA = "ada@blog.example"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}


def test_a_new_password_is_told_and_a_refused_one_is_not(ada, house):
    for current, status in (("a wrong guess", 403), (PASSWORD, 303)):
        fields = {"current": current, "password": "another calm sentence"}
        assert ada.send(f"{ACCOUNT}/password", headers=FIREFOX, **fields).status_code == status
    assert told(house) == [("password", ADA)]
    with house.database.reading() as db:
        assert db.query(Notice).one().details["browser"] == "Firefox on Linux"


def test_a_passkey_is_told_when_it_is_added_and_removed(ada, house):
    device = Device()
    adds(ada, device)
    adds(ada, device, name="")
    for _ in range(2):
        ada.send(f"{ADD}/remove", passkey=device.id.hex())
    assert told(house) == [("passkey_added", ADA), ("passkey_removed", ADA)]


@pytest.mark.parametrize("again", [False, True])
def test_a_passkey_that_seems_copied_is_told_once(ada, visitor, house, again):
    device = Device()
    adds(ada, device)
    copy = Device(id=device.id, key=device.key, handle=device.handle, counter=device.counter)
    enters(Visitor(ada.app), device)
    if again:
        options = ada.send("/dashboard/confirm/passkey/options", headers={"Accept": "application/json"}).json
        ada.send("/dashboard/confirm/passkey", credential=json.dumps(copy.get(options)))
    else:
        enters(visitor, copy)
    enters(visitor, copy)
    assert told(house) == [("passkey_added", ADA), ("passkey_blocked", ADA)]


def test_a_second_factor_and_its_codes_are_told(ada, visitor, house):
    _app, page = set_up(ada)
    code = re.search(r"\b[2-9a-z]{4}(?:-[2-9a-z]{4}){3}\b", page.text)[0]
    for given in ("2222-2222-2222-2222", code):
        visitor.signs_in()
        gives(visitor, given, recovery="1")
    assert visitor.is_in
    ada.send(f"{FACTOR}/recovery-codes")
    for _ in range(2):
        ada.send(f"{FACTOR}/off")
    changes = ("app_added", "recovery_code_used", "recovery_codes_made", "app_removed")
    assert told(house) == [(change, ADA) for change in changes]


def test_a_personal_key_is_told_when_it_is_made_and_revoked(ada, house):
    assert ada.send(f"{ACCOUNT}/keys", label="My program").status_code == 200
    digest = re.search(r'name="key" value="([0-9a-f]{64})"', ada.text(ACCOUNT))[1]
    for _ in range(2):
        ada.send(f"{ACCOUNT}/keys/revoke", key=digest)
    assert told(house) == [("key_made", ADA), ("key_revoked", ADA)]


@pytest.mark.parametrize(("forgets", "change"), [(False, "password_by_link"), (True, "all_by_link")])
def test_a_password_that_was_set_by_a_link_from_the_server_is_told(ada, visitor, house, forgets, change):
    with house.database.transaction() as db:
        owner = db.query(Moderator).one()
        link = f"/setup/{new_setup_code(db, owner.id, now=house.now(), forgets=forgets)}"
    assert visitor.send(link, page=link, password="another calm sentence").status_code == 303
    assert told(house) == [(change, ADA)]


def test_signing_in_and_out_is_not_told(ada, visitor, house):
    visitor.send(SIGN_IN, page=SIGN_IN, email=ADA, password="a wrong guess")
    ada.send("/dashboard/sign-out/everywhere")
    assert told(house) == []
