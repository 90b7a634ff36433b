"""Passkeys: what is asked of the browser, and that nothing but the right answer is taken."""

from copy import deepcopy
from datetime import timedelta

import pytest
from fido2.utils import websafe_encode

from moderation.foundation.errors import Conflict, NotAllowed, Refused
from moderation.identity import challenge
from moderation.identity.passkey import MOST, add, are_possible, passkeys_of, prove, remove
from moderation.identity.relying_party import RelyingParty
from moderation.records import Moderator, Passkey, Purpose
from tests import make
from tests.authenticator import ORIGIN, PRESENT, Device
from tests.make import NOW

PARTY = RelyingParty(ORIGIN)


def asked(db, purpose=Purpose.passkey_sign_in, moderator=None):
    return challenge.ask(db, purpose, moderator_id=moderator and moderator.id, now=NOW)


def taken(db, one, purpose=Purpose.passkey_sign_in):
    return challenge.take(db, purpose, one.token, now=NOW)


def registered(db, device, moderator=None):
    """Add a device's passkey for a moderator, and return the moderator."""
    owner = moderator or make.moderator(db)
    one = asked(db, Purpose.passkey_add, owner)
    answer = device.create(PARTY.creation(owner, passkeys_of(db, owner.id), one))
    add(db, owner, "My phone", PARTY.read_new(taken(db, one, Purpose.passkey_add), answer), now=NOW)
    return owner


def signed_in(db, device, *, moderator=None, change=None):
    """Sign in with a device; ``change`` may spoil its answer on the way."""
    one = asked(db, moderator=moderator)
    answer = device.get(PARTY.request(None, one))
    return prove(db, PARTY, taken(db, one), change(answer) if change else answer, now=NOW)


# --- the challenge ----------------------------------------------------------------------------------------------------


def test_a_challenge_works_once_for_its_purpose_and_its_browser(db):
    one = asked(db)
    assert taken(db, one, Purpose.passkey_add) is None
    assert challenge.take(db, Purpose.passkey_sign_in, "another browser's", now=NOW) is None
    assert taken(db, one).value == one.value
    assert taken(db, one) is None


@pytest.mark.parametrize(
    ("after", "is_taken"), [(timedelta(minutes=4, seconds=59), True), (timedelta(minutes=5), False)]
)
def test_a_challenge_ends_after_five_minutes(db, after, is_taken):
    one = asked(db)
    found = challenge.take(db, Purpose.passkey_sign_in, one.token, now=NOW + after)
    assert (found is not None) is is_taken


def test_no_two_challenges_are_the_same(db):
    assert len({asked(db).value for _ in range(20)} | {asked(db).token for _ in range(20)}) == 40


# --- what is asked of the browser -------------------------------------------------------------------------------------


def test_the_browser_must_verify_the_person_and_keep_the_passkey_discoverable(db):
    owner = make.moderator(db)
    options = PARTY.creation(owner, (), asked(db))
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert PARTY.request(None, asked(db))["userVerification"] == "required"


def test_a_device_that_has_a_passkey_is_not_asked_for_a_second(db):
    device = Device()
    owner = registered(db, device)
    options = PARTY.creation(owner, passkeys_of(db, owner.id), asked(db))
    assert [one["id"] for one in options["excludeCredentials"]] == [websafe_encode(device.id)]


@pytest.mark.parametrize(
    ("url", "possible"),
    [("http://localhost:8000", True), ("https://comments.example", True), ("http://127.0.0.1:8000", False)],
)
def test_there_are_passkeys_wherever_there_is_a_host_name(url, possible):
    assert are_possible(url) is possible


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_moderator_may_have_several_passkeys(db):
    owner = registered(db, Device())
    registered(db, Device(), owner)
    assert [one.name for one in passkeys_of(db, owner.id)] == ["My phone", "My phone"]


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"origin": "http://sub.localhost:8000"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"cross_origin": True},
        {"id": b""},
        {"id": b"x" * 1024},
    ],
    ids=str,
)
def test_a_new_passkey_that_is_not_quite_right_is_refused(db, lie):
    with pytest.raises(NotAllowed):
        registered(db, Device(**lie))
    assert db.query(Passkey).count() == 0


def test_an_answer_to_another_challenge_adds_nothing(db):
    owner = make.moderator(db)
    mine, other = (asked(db, Purpose.passkey_add, owner) for _ in range(2))
    answer = Device().create(PARTY.creation(owner, (), other))
    with pytest.raises(NotAllowed):
        PARTY.read_new(taken(db, mine, Purpose.passkey_add), answer)


def test_nobody_takes_over_anothers_passkey_by_adding_it_again(db):
    device = Device()
    owner = registered(db, device)
    with pytest.raises(Conflict):
        registered(db, device)
    assert signed_in(db, Device(id=device.id, key=device.key, handle=owner.id.encode(), counter=5)) is owner


def test_there_is_an_end_to_passkeys(db):
    owner = make.moderator(db)
    rows = [
        Passkey(id=bytes([number]), moderator_id=owner.id, name="x", credential=b"", counter=0)
        for number in range(MOST)
    ]
    for row in rows:
        row.created_at = NOW
    db.add_all(rows)
    db.flush()
    with pytest.raises(Refused):
        registered(db, Device(), owner)


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_passkey_says_who_it_is_without_being_told(db):
    device = Device()
    owner = registered(db, device)
    registered(db, Device())
    assert signed_in(db, device) is owner
    assert passkeys_of(db, owner.id)[0].seen_at == NOW


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8000.evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"cross_origin": True},
        {"handle": b"m_somebody_else"},
        {"id": b"unknown"},
    ],
    ids=str,
)
def test_a_signature_that_is_not_quite_right_opens_nothing(db, lie):
    device = Device()
    owner = registered(db, device)
    assert signed_in(db, device) is owner
    for name, value in lie.items():
        setattr(device, name, value)
    assert isinstance(signed_in(db, device), NotAllowed)


def test_another_key_under_the_same_name_opens_nothing(db):
    device = Device()
    owner = registered(db, device)
    forged = Device(id=device.id, handle=owner.id.encode())
    assert isinstance(signed_in(db, forged), NotAllowed)


def test_a_passkey_whose_counter_did_not_grow_is_taken_for_a_copy_and_blocked(db):
    device = Device()
    owner = registered(db, device)
    copy = deepcopy_of(device)
    assert [signed_in(db, device) is owner for _ in range(3)] == [True] * 3
    assert "copied" in signed_in(db, copy).message
    db.expire_all()
    assert passkeys_of(db, owner.id)[0].copied_at == NOW
    assert "copied" in signed_in(db, device).message


def deepcopy_of(device):
    return Device(id=device.id, key=device.key, handle=device.handle, counter=device.counter)


def test_a_passkey_that_does_not_count_is_taken(db):
    device = Device(step=0)
    owner = registered(db, device)
    assert [signed_in(db, device) is owner for _ in range(3)] == [True] * 3


def test_a_passkey_that_has_counted_may_not_stop(db):
    device = Device(counter=7)
    registered(db, device)
    device.counter, device.step = 0, 0
    assert "copied" in signed_in(db, device).message


def test_a_challenge_for_one_moderator_is_not_met_by_another(db):
    device, other = Device(), make.moderator(db)
    owner = registered(db, device)
    assert isinstance(signed_in(db, device, moderator=other), NotAllowed)
    assert signed_in(db, device, moderator=owner) is owner


def test_a_removed_passkey_opens_nothing_and_nobody_removes_anothers(db):
    device, other = Device(), make.moderator(db)
    owner = registered(db, device)
    for moderator_id, name in ((other.id, device.id.hex()), (owner.id, "no hex"), (owner.id, "")):
        remove(db, moderator_id, name)
    assert isinstance(signed_in(db, device), Moderator)
    remove(db, owner.id, device.id.hex())
    db.expire_all()
    assert isinstance(signed_in(db, device), NotAllowed)


def spoilt(path, value):
    def change(answer):
        answer = deepcopy(answer)
        place = answer
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        return answer

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: {},
        lambda answer: {"id": [], "rawId": {}, "response": None},
        lambda answer: {**answer, "id": "other"},
        spoilt(["rawId"], "\ud800"),
        spoilt(["response"], {}),
        spoilt(["response", "clientDataJSON"], ""),
        spoilt(["response", "clientDataJSON"], websafe_encode(b"[" * 100_000)),
        spoilt(["response", "clientDataJSON"], websafe_encode(b'{"type":"webauthn.get"}')),
        spoilt(["response", "authenticatorData"], "AAAA"),
        spoilt(["response", "authenticatorData"], 7),
        spoilt(["response", "signature"], ""),
        spoilt(["response", "userHandle"], websafe_encode(b"m_other")),
    ],
)
def test_whatever_a_stranger_sends_is_refused_in_words(db, change):
    device = Device()
    registered(db, device)
    outcome = signed_in(db, device, change=change)
    assert isinstance(outcome, NotAllowed)
    assert outcome.field == "passkey"


def test_an_answer_without_an_open_challenge_is_refused(db):
    device = Device()
    registered(db, device)
    answer = device.get(PARTY.request(None, asked(db)))
    assert isinstance(prove(db, PARTY, None, answer, now=NOW), NotAllowed)
