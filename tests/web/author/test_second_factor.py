"""The second factor through the doors: setting it up, signing in with it, and being asked again."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from moderation.foundation.tokens import digest
from moderation.identity.setup_code import new_setup_code
from moderation.records import SecondFactor
from tests import make
from tests.web.author.conftest import ACCOUNT, PASSWORD, ROOM, SEALED, SIGN_IN, App, Visitor

STEP = f"{SIGN_IN}/code"
FACTOR = f"{ACCOUNT}/second-factor"


def gives(visitor, code, **fields):
    return visitor.send(STEP, page=STEP, code=code, **fields)


def set_up(visitor):
    """Set a second factor up by the pages; returns the app and the page with the recovery codes."""
    assert visitor.send(FACTOR).location == FACTOR
    text = visitor.text(FACTOR)
    secret = re.search(r'aria-label="Secret"><code>([A-Z2-7 ]+)</code>', text)[1].replace(" ", "")
    app = App(secret, visitor.house)
    return app, visitor.send(f"{FACTOR}/confirm", page=FACTOR, code=app.code())


def test_it_is_set_up_by_a_picture_or_a_secret_and_a_first_code(ada):
    app, answer = set_up(ada)
    assert answer.status_code == 200
    assert len(re.findall(r"\b[2-9a-z]{4}(?:-[2-9a-z]{4}){3}\b", answer.text)) == 10
    text = ada.text(ACCOUNT)
    assert "10 recovery codes left" in text
    assert app.secret not in text
    assert "Set up a second factor" not in ada.text(FACTOR)


def test_the_picture_comes_with_the_page_and_holds_the_address(ada):
    ada.send(FACTOR)
    text = ada.get(FACTOR).text
    assert re.search(r'<img class="qr" src="data:image/svg\+xml', text)
    assert "otpauth://totp/" in unquote(text)
    assert ada.get(FACTOR).headers["Cache-Control"] == "no-store"


def test_a_wrong_first_code_turns_nothing_on_and_the_same_secret_stays(ada, house):
    ada.send(FACTOR)
    before = ada.text(FACTOR)
    answer = ada.send(f"{FACTOR}/confirm", page=FACTOR, code="000000")
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text
    find = r'aria-label="Secret"><code>([^<]+)'
    assert re.search(find, before)[1] == re.search(find, answer.text)[1]
    assert Visitor(ada.app).signs_in().location == ROOM


def test_the_password_alone_opens_nothing_any_more(authenticator, visitor):
    answer = visitor.signs_in(next="/dashboard/sites")
    assert (answer.status_code, answer.location) == (303, f"{STEP}?next=/dashboard/sites")
    assert not visitor.is_in
    assert visitor.client.get_cookie("moderator") is None


def test_the_right_code_leads_where_one_wanted_to_be(authenticator, visitor):
    visitor.signs_in()
    assert gives(visitor, authenticator.code(), next="/dashboard/sites").location == "/dashboard/sites"
    assert visitor.is_in


def test_a_wrong_code_is_told_and_the_right_one_still_taken(authenticator, visitor):
    visitor.signs_in()
    answer = gives(visitor, "000000")
    assert answer.status_code == 403
    assert "not the code that the app shows now" in answer.text
    assert gives(visitor, authenticator.code()).location == ROOM


def test_a_code_that_was_used_does_not_open_a_second_browser(app, authenticator, visitor):
    code = authenticator.code(1)
    visitor.signs_in()
    assert gives(visitor, code).status_code == 303
    other = Visitor(app)
    other.signs_in()
    assert gives(other, code).status_code == 403
    assert not other.is_in


def test_after_five_wrong_codes_the_password_is_asked_again(authenticator, visitor):
    visitor.signs_in()
    assert [gives(visitor, "000000").status_code for _ in range(5)] == [403] * 4 + [303]
    answer = visitor.get(STEP)
    assert answer.location == f"{SIGN_IN}?next={ROOM}"
    assert "give your password again" in visitor.text(SIGN_IN)
    assert not visitor.is_in


def test_codes_are_limited_by_moderator_wherever_they_come_from(start_app, authenticator):
    app = start_app(limited=True, rates={"second_factor": "3/minute"})
    statuses = []
    for _ in range(2):
        visitor = Visitor(app)
        visitor.signs_in()
        statuses += [gives(visitor, "000000").status_code for _ in range(2)]
    assert statuses == [403, 403, 403, 429]


def test_without_a_password_first_there_is_no_form_for_a_code(authenticator, visitor):
    assert visitor.get(STEP).location == f"{SIGN_IN}?next={ROOM}"
    token = visitor.token(SIGN_IN)
    answer = visitor.client.post(STEP, data={"csrf_token": token, "code": authenticator.code()})
    assert answer.status_code == 303
    assert not visitor.is_in


@pytest.mark.parametrize("code", ["", "\x00", "x" * 5000, "１２３４５６"])
def test_an_odd_code_is_a_wrong_one(authenticator, visitor, code):
    visitor.signs_in()
    assert gives(visitor, code).status_code == 403
    assert gives(visitor, code, recovery="1").status_code == 403


def test_a_recovery_code_signs_in_once(app, authenticator, visitor):
    code = authenticator.recovery[0]
    visitor.signs_in()
    assert gives(visitor, code, recovery="1").location == ROOM
    assert "9 recovery codes left" in visitor.text(ACCOUNT)
    other = Visitor(app)
    other.signs_in()
    answer = gives(other, code, recovery="1")
    assert answer.status_code == 403
    assert "it was used before" in answer.text


def test_a_new_set_of_recovery_codes_voids_the_old_one(app, authenticator, visitor):
    visitor.signs_in()
    gives(visitor, authenticator.code())
    answer = visitor.send(f"{FACTOR}/recovery-codes")
    new = re.findall(r"\b[2-9a-z]{4}(?:-[2-9a-z]{4}){3}\b", answer.text)
    assert len(new) == 10
    assert new[0] not in visitor.text(ACCOUNT)
    other = Visitor(app)
    other.signs_in()
    assert gives(other, authenticator.recovery[0], recovery="1").status_code == 403
    assert gives(other, new[0], recovery="1").status_code == 303


def test_there_are_no_recovery_codes_without_a_second_factor(ada):
    assert ada.send(f"{FACTOR}/recovery-codes").status_code == 404


def test_it_is_turned_off_and_the_password_suffices_again(app, authenticator, visitor, house):
    visitor.signs_in()
    gives(visitor, authenticator.code())
    assert visitor.send(f"{FACTOR}/off").status_code == 303
    with house.database.reading() as db:
        assert db.query(SecondFactor).count() == 0
    assert Visitor(app).signs_in().location == ROOM


@pytest.mark.parametrize("path", ["", "/confirm", "/recovery-codes", "/off"])
def test_every_change_to_it_asks_again_after_a_quarter_of_an_hour(ada, house, path):
    ada.waits(timedelta(minutes=15))
    answer = ada.send(FACTOR + path, back=f"{ACCOUNT}#second-factor")
    assert answer.location == "/dashboard/confirm?next=/dashboard/account%23second-factor"
    with house.database.reading() as db:
        assert db.query(SecondFactor).count() == 0


# --- showing again who one is -----------------------------------------------------------------------------------------


def test_a_code_of_the_app_shows_again_that_it_is_you_and_renews_the_session(authenticator, visitor):
    visitor.signs_in()
    gives(visitor, authenticator.code())
    visitor.waits(timedelta(minutes=15))
    before = visitor.client.get_cookie("moderator").value
    page = f"/dashboard/confirm?next={ACCOUNT}"
    assert visitor.send("/dashboard/confirm/code", page=page, code="000000").status_code == 403
    answer = visitor.send("/dashboard/confirm/code", page=page, code=authenticator.code(1), next=ACCOUNT)
    assert answer.location == ACCOUNT
    assert visitor.client.get_cookie("moderator").value != before
    assert visitor.send(f"{FACTOR}/recovery-codes").status_code == 200


def test_who_has_shown_it_lately_is_not_asked(ada):
    assert ada.get(f"/dashboard/confirm?next={ACCOUNT}").location == ACCOUNT
    assert ada.get("/dashboard/confirm?next=https://evil.example/").location == ROOM


def test_a_wrong_password_does_not_show_it(ada):
    ada.waits(timedelta(minutes=15))
    assert ada.send("/dashboard/confirm", password="wrong").status_code == 403
    assert "Set it up" not in ada.text(ACCOUNT)
    assert ada.send("/dashboard/confirm", password=PASSWORD, next=ACCOUNT).location == ACCOUNT
    assert "Set it up" in ada.text(ACCOUNT)


# --- where one is signed in -------------------------------------------------------------------------------------------


def test_another_browser_is_signed_out_from_here(app, ada):
    other = Visitor(app)
    other.client.environ_base["HTTP_USER_AGENT"] = "Firefox/144 Android"
    other.signs_in()
    text = ada.text(ACCOUNT)
    assert "Firefox on Android" in text
    session = re.search(r'name="session" value="([0-9a-f]{64})"', text)[1]
    assert ada.send(f"{ACCOUNT}/sessions/end", session=session).location == f"{ACCOUNT}#sessions"
    assert not other.is_in
    assert ada.is_in


def test_nobody_ends_anothers_session(app, ada, house, blog):
    with house.database.transaction() as db:
        make.moderator(db, db.merge(blog["site"]), email="bob@blog.example", password=SEALED.hash)
    bob = Visitor(app)
    bob.signs_in("bob@blog.example")
    for session in ("no hex", "", "ab" * 32):
        ada.send(f"{ACCOUNT}/sessions/end", session=session)
    ada.send(f"{ACCOUNT}/sessions/end", session=digest(bob.client.get_cookie("moderator").value).hex())
    assert bob.is_in


# --- locked out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgets", [False, True])
def test_a_set_up_link_still_asks_for_the_code_unless_it_forgets(authenticator, visitor, house, blog, forgets):
    with house.database.transaction() as db:
        code = new_setup_code(db, blog["ada"].id, now=house.now(), forgets=forgets)
    page = f"/setup/{code}"
    assert ("takes away your passkeys" in visitor.text(page)) is forgets
    answer = visitor.send(page, page=page, password="another calm sentence")
    assert answer.location == (ROOM if forgets else f"{STEP}?next={ROOM}")
    assert visitor.is_in is forgets
    if not forgets:
        assert gives(visitor, authenticator.code()).location == ROOM
