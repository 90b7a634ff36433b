"""The second factor: codes of an app, recovery codes, and the way in that asks for them."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pyotp
import pytest

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Refused
from moderation.foundation.tokens import Keys
from moderation.identity import challenge, second_factor
from moderation.identity.entrance import enter, give_code
from moderation.identity.moderator import moderator_for
from moderation.identity.password import Sealed
from moderation.identity.setup_code import new_setup_code, set_up, setup_forgets
from moderation.records import LinkedIdentity, Passkey, Purpose, RecoveryCode, SecondFactor
from tests import make
from tests.make import NOW

KEYS = Keys(b"k" * 32)
LATER = NOW + timedelta(hours=1)


def code_at(secret, moment):
    return pyotp.TOTP(secret).at(int(moment.timestamp()))


def with_app(db, *, moderator=None):
    """Set a second factor up an hour ago; returns the moderator, the app's secret and the recovery codes."""
    owner = moderator or make.moderator(db, password="x")
    second_factor.begin(db, KEYS, owner.id, now=NOW)
    secret = second_factor.pending_secret(db, KEYS, owner.id)
    codes = second_factor.confirm(db, KEYS, owner.id, code_at(secret, NOW), now=NOW)
    return owner, secret, codes


def takes(db, owner, code, now=LATER):
    return second_factor.takes_code(db, KEYS, owner.id, code, now=now)


# --- the app ----------------------------------------------------------------------------------------------------------


def test_it_is_on_only_once_a_first_code_was_given(db):
    owner = make.moderator(db)
    second_factor.begin(db, KEYS, owner.id, now=NOW)
    secret = second_factor.pending_secret(db, KEYS, owner.id)
    assert not second_factor.is_on(db, owner.id)
    assert not takes(db, owner, code_at(secret, LATER))
    with pytest.raises(Refused):
        second_factor.confirm(db, KEYS, owner.id, "000000", now=NOW)
    second_factor.confirm(db, KEYS, owner.id, code_at(secret, NOW), now=NOW)
    assert second_factor.is_on(db, owner.id)
    assert second_factor.pending_secret(db, KEYS, owner.id) is None


def test_the_secret_is_sealed_and_read_by_this_installation_alone(db):
    owner, secret, _ = with_app(db)
    assert secret.encode() not in db.get_one(SecondFactor, owner.id).secret
    with pytest.raises(Refused):
        second_factor.takes_code(db, Keys(b"o" * 32), owner.id, code_at(secret, LATER), now=LATER)


def test_the_address_for_the_app_names_the_account_and_the_installation(db):
    owner = make.moderator(db, email="ada@blog.example")
    address = second_factor.app_address("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", owner, "comments.example")
    assert pyotp.parse_uri(address).secret == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    assert "ada%40blog.example" in address
    assert "comments.example" in address


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_may_be_one_step_early_or_late(db, steps, right):
    owner, secret, _ = with_app(db)
    assert takes(db, owner, code_at(secret, LATER + timedelta(seconds=30 * steps))) is right


def test_a_code_works_once_and_so_do_all_before_it(db):
    owner, secret, _ = with_app(db)
    earlier = code_at(secret, LATER - timedelta(seconds=30))
    assert takes(db, owner, code_at(secret, LATER))
    assert not takes(db, owner, code_at(secret, LATER))
    assert not takes(db, owner, earlier)
    assert takes(db, owner, code_at(secret, LATER + timedelta(seconds=30)))


def test_the_code_that_turned_it_on_does_not_sign_in(db):
    owner, secret, _ = with_app(db)
    assert not takes(db, owner, code_at(secret, NOW), now=NOW)


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "\x00", "-1"]
)
def test_an_odd_code_is_wrong(db, code):
    assert not takes(db, with_app(db)[0], code)


def test_blanks_in_a_code_do_not_matter(db):
    owner, secret, _ = with_app(db)
    code = code_at(secret, LATER)
    assert takes(db, owner, f" {code[:3]} {code[3:]}")


def test_another_moderators_code_is_wrong(db):
    owner, _, _ = with_app(db)
    _, secret, _ = with_app(db)
    assert not takes(db, owner, code_at(secret, LATER))


def test_an_app_is_not_replaced_without_turning_the_former_off(db):
    owner, _, _ = with_app(db)
    with pytest.raises(Conflict):
        second_factor.begin(db, KEYS, owner.id, now=LATER)
    second_factor.turn_off(db, owner.id)
    assert not second_factor.is_on(db, owner.id)
    assert second_factor.recovery_codes_left(db, owner.id) == 0
    with_app(db, moderator=owner)


def test_there_is_nothing_to_confirm_before_it_was_begun(db):
    with pytest.raises(Missing):
        second_factor.confirm(db, KEYS, make.moderator(db).id, "000000", now=NOW)


def test_of_two_who_give_the_same_code_at_once_one_comes_in(database):
    with database.transaction() as db:
        owner, secret, _ = with_app(db)
        steps = [enter(db, owner, now=LATER).code_for for _ in range(2)]
    barrier, results = Barrier(2), []

    def give(step):
        barrier.wait()
        with database.transaction() as db:
            given = give_code(db, KEYS, step, code=code_at(secret, LATER), recovery=False, now=LATER)
        results.append(given.session is not None)

    threads = [Thread(target=give, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]


# --- recovery codes ---------------------------------------------------------------------------------------------------


def test_there_are_ten_recovery_codes_and_only_their_digests_are_kept(db):
    owner, _, codes = with_app(db)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", code) for code in codes)
    kept = db.query(RecoveryCode).filter_by(moderator_id=owner.id).all()
    assert all(len(row.digest) == 32 for row in kept)
    assert second_factor.recovery_codes_left(db, owner.id) == 10


def test_a_recovery_code_works_once_however_it_is_typed(db):
    owner, _, codes = with_app(db)
    assert second_factor.takes_recovery_code(db, owner.id, f" {codes[0].upper().replace('-', ' ')} ", now=NOW)
    assert not second_factor.takes_recovery_code(db, owner.id, codes[0], now=NOW)
    assert second_factor.recovery_codes_left(db, owner.id) == 9


def test_a_new_set_voids_the_old_one(db):
    owner, _, old = with_app(db)
    new = second_factor.new_recovery_codes(db, owner.id, now=NOW)
    assert not any(second_factor.takes_recovery_code(db, owner.id, code, now=NOW) for code in old)
    assert all(second_factor.takes_recovery_code(db, owner.id, code, now=NOW) for code in new)


def test_nobody_uses_anothers_recovery_code(db):
    _, _, codes = with_app(db)
    other, _, _ = with_app(db)
    assert not second_factor.takes_recovery_code(db, other.id, codes[0], now=NOW)
    assert not second_factor.takes_recovery_code(db, other.id, "\x00", now=NOW)


# --- the way in -------------------------------------------------------------------------------------------------------


def test_who_has_no_second_factor_is_in_at_once(db):
    owner = make.moderator(db)
    entrance = enter(db, owner, now=NOW)
    assert moderator_for(db, entrance.session, now=NOW).moderator is owner
    assert entrance.code_for is None


@pytest.mark.parametrize("recovery", [False, True])
def test_who_has_one_comes_in_by_a_code_and_the_question_is_used_up(db, recovery):
    owner, secret, codes = with_app(db)
    entrance = enter(db, owner, now=LATER)
    assert entrance.session is None
    code = codes[0] if recovery else code_at(secret, LATER)
    given = give_code(db, KEYS, entrance.code_for, code=code, recovery=recovery, now=LATER)
    assert moderator_for(db, given.session, now=LATER).moderator is owner
    assert given.recovery_codes_left == (9 if recovery else None)
    code = codes[1] if recovery else code_at(secret, LATER + timedelta(seconds=30))
    assert give_code(db, KEYS, entrance.code_for, code=code, recovery=recovery, now=LATER).is_over


def test_after_five_wrong_codes_the_right_one_is_not_looked_at(db):
    owner, secret, _ = with_app(db)
    step = enter(db, owner, now=LATER).code_for
    tries = [give_code(db, KEYS, step, code="000000", recovery=False, now=LATER) for _ in range(challenge.TRIES)]
    assert [one.is_over for one in tries] == [False] * 4 + [True]
    assert give_code(db, KEYS, step, code=code_at(secret, LATER), recovery=False, now=LATER).session is None
    assert takes(db, owner, code_at(secret, LATER))


def test_a_recovery_code_is_no_code_of_the_app_nor_the_other_way_round(db):
    owner, secret, codes = with_app(db)
    step = enter(db, owner, now=LATER).code_for
    assert give_code(db, KEYS, step, code=codes[0], recovery=False, now=LATER).session is None
    assert give_code(db, KEYS, step, code=code_at(secret, LATER), recovery=True, now=LATER).session is None


@pytest.mark.parametrize("token", ["", "x" * 43, "\x00"])
def test_a_code_without_its_question_opens_nothing(db, token):
    _, secret, _ = with_app(db)
    assert give_code(db, KEYS, token, code=code_at(secret, LATER), recovery=False, now=LATER).is_over


def test_a_question_for_a_code_ends_after_five_minutes(db):
    owner, secret, _ = with_app(db)
    step, late = enter(db, owner, now=NOW).code_for, NOW + timedelta(minutes=5)
    assert challenge.whose(db, Purpose.code, step, now=NOW) == owner.id
    assert give_code(db, KEYS, step, code=code_at(secret, late), recovery=False, now=late).is_over


# --- locked out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgets", [False, True])
def test_a_set_up_link_takes_the_other_factors_away_only_on_request(db, forgets):
    owner, _, _ = with_app(db)
    other, _, _ = with_app(db)
    for who in (owner, other):
        db.add(Passkey(id=who.id.encode(), moderator_id=who.id, name="x", credential=b"", counter=0, created_at=NOW))
        row = LinkedIdentity(issuer="https://p.example", subject=who.id, moderator_id=who.id, provider="p", name="x")
        row.created_at = NOW
        db.add(row)
    code = new_setup_code(db, owner.id, now=NOW, forgets=forgets)
    assert setup_forgets(db, code) is forgets
    assert second_factor.is_on(db, owner.id)
    set_up(db, code, email="", name="", password=Sealed(hash="new"), now=NOW)
    assert second_factor.is_on(db, owner.id) is not forgets
    for record in (Passkey, LinkedIdentity, RecoveryCode):
        assert bool(db.query(record).filter_by(moderator_id=owner.id).count()) is not forgets
        assert db.query(record).filter_by(moderator_id=other.id).count() > 0
    assert second_factor.is_on(db, other.id)


def test_an_invented_set_up_code_forgets_nothing(db):
    assert not setup_forgets(db, "x" * 43)
    with pytest.raises((Missing, NotAllowed)):
        set_up(db, "x" * 43, email="", name="", password=Sealed(hash="new"), now=NOW)
