"""Accounts elsewhere that open the dashboard: only those that were linked, and only for whoever linked them."""

from datetime import timedelta

import pytest

from moderation.foundation.errors import Conflict, Missing, NotAllowed
from moderation.foundation.tokens import digest
from moderation.identity import linked
from moderation.identity.moderator import begin_session, sign_out
from moderation.identity.provider import Profile, Start
from moderation.identity.visit import Way
from moderation.records import LinkedIdentity, ProviderKeys
from tests import make
from tests.make import NOW

SUBJECT = {"issuer": "https://p.example", "subject": "17"}


def profile(**changes):
    return Profile(**SUBJECT | {"name": "Ada L."} | changes)


def way(state="a state"):
    return Way(
        start=Start(state=state, nonce="nonce", verifier="verifier"), url="https://p.example/authorize", kept=b"kept"
    )


def begun(db, *, session=None, state="a state"):
    return linked.begin(db, "p", way(state), session=session, there="/dashboard/sites", now=NOW)


def back(db, cookie, *, now=NOW, state="a state", provider="p"):
    return linked.take(db, state=state, provider=provider, cookie=cookie, now=now)


def link(db, moderator, **changes):
    session = digest(begin_session(db, moderator, now=NOW))
    linked.link(db, session, "p", profile(**changes), now=NOW)


def keys(db, name, **values):
    values = {"kind": "openid", "client_id": "x", "client_secret": b"", "created_at": NOW} | values
    db.add(ProviderKeys(name=name, label=name.upper(), **values))
    db.flush()


def test_an_answer_is_taken_up_once_with_all_that_was_kept(db):
    cookie = begun(db, session=b"s" * 32)
    assert linked.is_ours(db, "a state")
    found = back(db, cookie)
    assert (found.nonce, found.verifier, found.kept) == ("nonce", "verifier", b"kept")
    assert (found.session, found.there) == (b"s" * 32, "/dashboard/sites")
    with pytest.raises(NotAllowed):
        back(db, cookie)


@pytest.mark.parametrize(
    "changes",
    [{"state": "another"}, {"provider": "q"}, {"now": NOW + linked.LIFETIME}],
    ids=["another state", "another provider", "too late"],
)
def test_an_answer_that_does_not_belong_here_is_refused(db, changes):
    cookie = begun(db)
    with pytest.raises(NotAllowed):
        back(db, cookie, **changes)
    assert back(db, cookie)


@pytest.mark.parametrize("cookie", ["", "another browser's", "\x00"])
def test_an_answer_in_another_browser_is_refused(db, cookie):
    mine = begun(db)
    with pytest.raises(NotAllowed):
        back(db, cookie)
    assert back(db, mine)


def test_a_readers_state_is_not_ours(db):
    assert not linked.is_ours(db, "a reader's")


def test_an_account_that_nobody_linked_opens_nothing_whatever_its_address(db):
    owner = make.moderator(db, email="ada@blog.example")
    stranger = profile(email=owner.email, email_verified=True)
    with pytest.raises(NotAllowed) as refused:
        linked.moderator_of(db, stranger, now=NOW)
    assert "link it" in refused.value.message


def test_a_linked_account_is_known_by_issuer_and_subject(db):
    owner = make.moderator(db)
    link(db, owner)
    assert linked.moderator_of(db, profile(name="Renamed", email="new@mail.example"), now=NOW) is owner
    (mine,) = linked.linked_to(db, owner.id)
    assert (mine.name, mine.seen_at) == ("Renamed", NOW)
    for other in ({"subject": "18"}, {"issuer": "https://q.example"}):
        with pytest.raises(NotAllowed):
            linked.moderator_of(db, profile(**other), now=NOW)


@pytest.mark.parametrize("whose", ["another moderator", "you"])
def test_an_account_is_linked_to_one_moderator_once(db, whose):
    owner, other = make.moderator(db), make.moderator(db)
    link(db, owner)
    with pytest.raises(Conflict) as refused:
        link(db, owner if whose == "you" else other)
    assert whose in refused.value.message
    assert linked.moderator_of(db, profile(), now=NOW) is owner


def test_linking_needs_the_session_in_which_it_was_begun(db):
    owner = make.moderator(db)
    token = begin_session(db, owner, now=NOW)
    idle = NOW + timedelta(hours=12)
    with pytest.raises(NotAllowed):
        linked.link(db, digest(token), "p", profile(), now=idle)
    sign_out(db, token, now=NOW)
    db.expire_all()
    for session in (digest(token), b"x" * 32):
        with pytest.raises(NotAllowed):
            linked.link(db, session, "p", profile(), now=NOW)
    assert db.query(LinkedIdentity).count() == 0


def test_nobody_unlinks_anothers_account(db):
    owner, other = make.moderator(db), make.moderator(db)
    link(db, owner)
    linked.unlink(db, other.id, **SUBJECT)
    linked.unlink(db, owner.id, "\x00", "\x00")
    assert linked.linked_to(db, owner.id)
    linked.unlink(db, owner.id, **SUBJECT)
    assert not linked.linked_to(db, owner.id)


def test_the_sign_in_offers_only_where_somebody_linked_an_account(db):
    keys(db, "p")
    keys(db, "q")
    keys(db, "off", enabled=False)
    assert [offer.name for offer in linked.offers(db)] == ["p", "q"]
    assert linked.entries(db) == ()
    link(db, make.moderator(db))
    assert [offer.label for offer in linked.entries(db)] == ["P"]


@pytest.mark.parametrize("name", ["off", "unknown", "\x00", ""])
def test_a_provider_that_is_not_there_is_missing(db, name):
    keys(db, "off", enabled=False)
    with pytest.raises(Missing):
        linked.provider_keys(db, name)


@pytest.mark.parametrize(("name", "shown"), [(None, "17"), ("  ", "17"), ("A\x00d\na", "Ada"), ("x" * 500, "x" * 200)])
def test_an_accounts_name_is_only_shown_and_made_fit_for_it(db, name, shown):
    owner = make.moderator(db)
    link(db, owner, name=name)
    assert linked.linked_to(db, owner.id)[0].name == shown
