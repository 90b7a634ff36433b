"""Setting up, signing in and staying signed in as a moderator."""

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.foundation.tokens import digest
from moderation.identity import moderator as identity
from moderation.identity import setup_code
from moderation.identity.password import LONGEST, Sealed, accept, matches, outdated, seal
from moderation.identity.personal_key import issue, keys_of, moderator_by_key, revoke
from moderation.identity.site import add_site, read_origin
from moderation.records import Moderator, ModeratorSession, PersonalKey, Role, Site
from tests import make
from tests.make import NOW

PASSWORD = "a calm long sentence"
SEALED = seal(PASSWORD)


def first_owner(db, **values):
    code = setup_code.new_setup_code(db, None, now=NOW)
    given = {"email": "Ada@Blog.Example", "name": "Ada", "password": SEALED} | values
    return setup_code.set_up(db, code, now=NOW, **given)


def signed_in(db, moderator, *, now=NOW, **values):
    checked = identity.check(identity.find(db, moderator.email), PASSWORD)
    return identity.begin_session(db, identity.accept(db, checked), now=now, **values)


# --- the set-up link --------------------------------------------------------------------------------------------------


def test_a_set_up_code_has_43_characters_and_is_stored_as_its_digest(db):
    code = setup_code.new_setup_code(db, None, now=NOW)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", code)
    assert setup_code.setup_for(db, code, now=NOW) is None


def test_the_first_owner_owns_every_site_there_is(db):
    sites = [make.site(db), make.site(db)]
    owner = first_owner(db)
    assert [owner.role_on(site.id) for site in sites] == [Role.owner, Role.owner]
    assert setup_code.is_set_up(db)


def test_a_set_up_code_works_once(db):
    code = setup_code.new_setup_code(db, None, now=NOW)
    setup_code.set_up(db, code, email="ada@blog.example", name="Ada", password=SEALED, now=NOW)
    with pytest.raises(Missing):
        setup_code.set_up(db, code, email="eve@evil.example", name="Eve", password=SEALED, now=NOW)
    assert db.query(Moderator).count() == 1


def test_a_set_up_code_ends_after_30_minutes(db):
    code = setup_code.new_setup_code(db, None, now=NOW)
    assert setup_code.setup_for(db, code, now=NOW + timedelta(minutes=29, seconds=59)) is None
    with pytest.raises(Missing):
        setup_code.setup_for(db, code, now=NOW + timedelta(minutes=30))


def test_a_new_code_ends_the_one_before(db):
    old, new = (setup_code.new_setup_code(db, None, now=NOW) for _ in range(2))
    with pytest.raises(Missing):
        setup_code.setup_for(db, old, now=NOW)
    assert setup_code.setup_for(db, new, now=NOW) is None


def test_a_first_owners_code_is_worth_nothing_once_somebody_can_sign_in(db):
    first_owner(db)
    code = setup_code.new_setup_code(db, None, now=NOW)
    with pytest.raises(Missing):
        setup_code.set_up(db, code, email="eve@evil.example", name="Eve", password=SEALED, now=NOW)


def test_an_unknown_code_is_refused(db):
    with pytest.raises(Missing):
        setup_code.setup_for(db, "x" * 43, now=NOW)


def test_a_moderators_code_sets_a_new_password_and_ends_their_sessions(db):
    owner = first_owner(db)
    token = signed_in(db, owner)
    code = setup_code.new_setup_code(db, owner.id, now=NOW)
    again = setup_code.set_up(db, code, email="other@evil.example", name="Eve", password=seal("b" + PASSWORD), now=NOW)
    assert (again.id, again.email, again.name) == (owner.id, "ada@blog.example", "Ada")
    assert identity.moderator_for(db, token, now=NOW) is None
    with pytest.raises(NotAllowed):
        identity.check(identity.find(db, owner.email), PASSWORD)


def test_another_moderators_code_stays_good(db):
    owner, other = first_owner(db), make.moderator(db)
    code = setup_code.new_setup_code(db, other.id, now=NOW)
    setup_code.new_setup_code(db, owner.id, now=NOW)
    assert setup_code.setup_for(db, code, now=NOW) is other


# --- passwords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "elevenchars", "a" * 40, "x" * (LONGEST + 1), "with a \x00 in it here"])
def test_a_poor_password_is_refused_with_a_sentence(password):
    with pytest.raises(Refused) as refused:
        accept(password)
    assert refused.value.field == "password"
    assert refused.value.message.endswith((".", "allowed."))


def test_a_password_of_1024_characters_is_taken_whole():
    long = "ab c" * 256
    assert matches(seal(long).hash, long)
    assert not matches(seal(long).hash, long[:-1])
    assert not matches(seal(long).hash, long + "!")


def test_a_password_is_the_same_however_its_accents_are_typed():
    assert matches(seal("caf\u00e9 au lait noir").hash, "cafe\u0301 au lait noir")


def test_the_hash_has_the_parameters_we_decided():
    assert SEALED.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("given", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "\ud800", "e" + "\u0301" * 5000])
def test_a_wrong_password_does_not_match(given):
    assert not matches(SEALED.hash, given)


def test_nobody_matches_where_there_is_no_password():
    assert not matches(None, "a password that nobody has")


def test_a_hash_with_older_parameters_is_made_anew_at_the_next_sign_in(db):
    owner = first_owner(db)
    owner.password = old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    db.flush()
    assert outdated(old)
    signed_in(db, owner)
    assert not outdated(owner.password)
    assert matches(owner.password, PASSWORD)


# --- signing in -------------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_session(db):
    owner = first_owner(db)
    token = signed_in(db, owner, user_agent="Firefox\n\x00" + "x" * 500)
    session = identity.moderator_for(db, token, now=NOW)
    assert session.moderator is owner
    assert session.user_agent == "Firefox" + "x" * 193
    assert db.get(ModeratorSession, digest(token)) is session


def test_capitals_in_the_address_do_not_matter(db):
    owner = first_owner(db)
    assert identity.check(identity.find(db, " ADA@blog.EXAMPLE "), PASSWORD).moderator_id == owner.id


@pytest.mark.parametrize(("email", "password"), [("ada@blog.example", "wrong"), ("nobody@blog.example", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_sound_the_same(db, email, password):
    first_owner(db)
    with pytest.raises(NotAllowed) as refused:
        identity.check(identity.find(db, email), password)
    assert refused.value.message == "This e-mail address and password do not belong together."


def test_a_moderator_without_a_password_cannot_sign_in(db):
    other = make.moderator(db)
    for password in ("", "a password that nobody has"):
        with pytest.raises(NotAllowed):
            identity.check(identity.find(db, other.email), password)


def test_a_password_changed_while_it_was_checked_opens_nothing(db):
    owner = first_owner(db)
    checked = identity.check(identity.find(db, owner.email), PASSWORD)
    identity.set_password(db, owner, Sealed(hash=seal("another long one").hash), now=NOW)
    with pytest.raises(NotAllowed):
        identity.accept(db, checked)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_after_12_idle_hours(db):
    token = signed_in(db, first_owner(db))
    assert identity.moderator_for(db, token, now=NOW + timedelta(hours=11, minutes=59)) is not None
    assert identity.moderator_for(db, token, now=NOW + timedelta(hours=12)) is None


def test_use_keeps_a_session_alive_but_cannot_wake_an_ended_one(db):
    token = signed_in(db, first_owner(db))
    late = NOW + timedelta(hours=11)
    identity.touch(db, token, now=late)
    db.expire_all()
    session = identity.moderator_for(db, token, now=late + timedelta(hours=11))
    assert not identity.wants_touch(session, now=late + timedelta(minutes=4))
    assert identity.wants_touch(session, now=late + timedelta(minutes=5))
    identity.touch(db, token, now=late + timedelta(hours=12))
    db.expire_all()
    assert identity.moderator_for(db, token, now=late + timedelta(hours=12)) is None


def test_signing_out_ends_this_session_only(db):
    owner = first_owner(db)
    here, there = signed_in(db, owner), signed_in(db, owner)
    identity.sign_out(db, here, now=NOW)
    db.expire_all()
    assert identity.moderator_for(db, here, now=NOW) is None
    assert identity.moderator_for(db, there, now=NOW) is not None
    assert len(identity.live_sessions(db, owner.id, now=NOW)) == 1


def test_signing_out_everywhere_leaves_others_alone(db):
    owner, other = first_owner(db), make.moderator(db, password=SEALED.hash)
    mine, theirs = signed_in(db, owner), signed_in(db, other)
    identity.sign_out_everywhere(db, owner.id, now=NOW)
    db.expire_all()
    assert identity.moderator_for(db, mine, now=NOW) is None
    assert identity.moderator_for(db, theirs, now=NOW) is not None


def test_a_rotated_session_goes_on_under_a_new_token(db):
    old = signed_in(db, first_owner(db))
    new = identity.rotate(db, old, now=NOW)
    assert identity.moderator_for(db, old, now=NOW) is None
    assert identity.moderator_for(db, new, now=NOW) is not None
    with pytest.raises(NotAllowed):
        identity.rotate(db, old, now=NOW)


def test_one_session_is_ended_from_another_but_only_by_its_owner(db):
    owner, other = first_owner(db), make.moderator(db)
    here, there = signed_in(db, owner), signed_in(db, owner)
    for moderator_id, named in ((other.id, digest(there).hex()), (owner.id, "no hex"), (owner.id, "")):
        identity.end_session(db, moderator_id, named, now=NOW)
        db.expire_all()
        assert identity.moderator_for(db, there, now=NOW) is not None
    identity.end_session(db, owner.id, digest(there).hex(), now=NOW)
    db.expire_all()
    assert identity.moderator_for(db, there, now=NOW) is None
    assert identity.moderator_for(db, here, now=NOW) is not None


def test_a_rotated_session_remembers_when_it_began(db):
    later = NOW + timedelta(hours=3)
    session = identity.moderator_for(db, identity.rotate(db, signed_in(db, first_owner(db)), now=later), now=later)
    assert (session.created_at, session.confirmed_at) == (NOW, later)


@pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 43])
def test_an_odd_token_is_nobodys(db, token):
    assert identity.moderator_for(db, token, now=NOW) is None


# --- sites and their owners -------------------------------------------------------------------------------------------


def test_a_new_site_belongs_to_all_owners_and_to_no_mere_moderator(db):
    owner = make.moderator(db, make.site(db))
    helper = make.moderator(db, make.site(db), role=Role.moderator)
    site = add_site(db, key="new", name="New", origins=["https://new.example"], now=NOW)
    db.expire_all()
    assert owner.role_on(site.id) is Role.owner
    assert helper.role_on(site.id) is None


def test_the_first_site_belongs_to_whoever_set_up_before_it(db):
    owner = first_owner(db)
    site = add_site(db, key="new", name="New", origins=["https://new.example"], now=NOW)
    db.expire_all()
    assert owner.role_on(site.id) is Role.owner


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://Blog.Example/", "https://blog.example"),
        ("blog.example", "https://blog.example"),
        ("http://127.0.0.1:8001/her?a=b", "http://127.0.0.1:8001"),
        ("https://blog.example:443", "https://blog.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(typed, origin):
    assert read_origin(typed) == origin


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("key", {"key": "My Blog"}),
        ("key", {"key": ""}),
        ("key", {"key": "taken"}),
        ("name", {"name": " "}),
        ("origin", {"origins": ["ftp://blog.example"]}),
        ("origin", {"origins": []}),
    ],
)
def test_a_site_with_a_mistake_is_refused_naming_the_field(db, field, changes):
    make.site(db, key="taken")
    given = {"key": "new", "name": "New", "origins": ["https://new.example"]} | changes
    with pytest.raises(Refused) as refused:
        add_site(db, now=NOW, **given)
    assert refused.value.field == field
    assert db.query(Site).count() == 1


# --- personal keys ----------------------------------------------------------------------------------------------------


def test_a_personal_key_stands_for_its_moderator_until_it_is_revoked(db):
    owner = make.moderator(db)
    token = issue(db, owner, "Nightly report", now=NOW)
    assert re.fullmatch(r"mk_[A-Za-z0-9_-]{43}", token)
    assert moderator_by_key(db, token, now=NOW) is owner
    (key,) = keys_of(db, owner)
    assert key.seen_at == NOW
    revoke(db, owner, key.digest.hex(), now=NOW)
    db.expire_all()
    assert moderator_by_key(db, token, now=NOW) is None
    assert keys_of(db, owner) == ()


def test_nobody_revokes_anothers_key(db):
    owner, other = make.moderator(db), make.moderator(db)
    token = issue(db, owner, "Mine", now=NOW)
    revoke(db, other, digest(token).hex(), now=NOW)
    revoke(db, other, "not hex", now=NOW)
    db.expire_all()
    assert moderator_by_key(db, token, now=NOW) is owner


@pytest.mark.parametrize("label", ["", "x" * 300, "a\u202eb"])
def test_a_key_needs_a_sensible_label(db, label):
    with pytest.raises(Refused) as refused:
        issue(db, make.moderator(db), label, now=NOW)
    assert refused.value.field == "label"
    assert db.query(PersonalKey).count() == 0


@pytest.mark.parametrize("token", ["", "mk_", "mk_nobody", "st_other", "mk_\x00"])
def test_an_odd_key_is_nobodys(db, token):
    assert moderator_by_key(db, token, now=NOW) is None
