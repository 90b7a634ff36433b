"""Roles on a site, and invitations to it."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Problem, Refused
from moderation.foundation.tokens import Keys
from moderation.identity import invitation as invitations
from moderation.identity.membership import change_role, members, remove
from moderation.identity.password import Sealed
from moderation.records import Membership, Moderator, Role
from tests import make
from tests.make import NOW

KEYS = Keys(b"k" * 32)
SEALED = Sealed(hash="hash")


def role_of(db, moderator, site):
    membership = db.get(Membership, (moderator.id, site.id), populate_existing=True)
    return membership and membership.role


def rights(owner, site, moderator):
    return {"owner_id": owner.id, "site_id": site.id, "moderator_id": moderator.id}


@pytest.fixture
def site(db):
    return make.site(db)


@pytest.fixture
def owner(db, site):
    return make.moderator(db, site, name="Ada")


@pytest.fixture
def helper(db, site):
    return make.moderator(db, site, role=Role.moderator, name="Bob")


# --- roles ------------------------------------------------------------------------------------------------------------


def test_owners_are_named_first(db, site, helper, owner):
    make.moderator(db, make.site(db), name="Elsewhere")
    assert [(one.name, one.role) for one in members(db, site.id)] == [("Ada", Role.owner), ("Bob", Role.moderator)]


def test_an_owner_changes_a_role_and_removes(db, site, owner, helper):
    change_role(db, **rights(owner, site, helper), role=Role.owner)
    assert role_of(db, helper, site) is Role.owner
    change_role(db, **rights(owner, site, helper), role=Role.moderator)
    remove(db, **rights(owner, site, helper))
    assert role_of(db, helper, site) is None
    assert db.get(Moderator, helper.id) is not None


def test_the_last_owner_stays(db, site, owner, helper):
    with pytest.raises(Conflict):
        remove(db, **rights(owner, site, owner))
    with pytest.raises(Conflict):
        change_role(db, **rights(owner, site, owner), role=Role.moderator)
    assert role_of(db, owner, site) is Role.owner


def test_an_owner_may_leave_when_there_is_another(db, site, owner):
    second = make.moderator(db, site)
    remove(db, **rights(owner, site, owner))
    assert role_of(db, owner, site) is None
    assert role_of(db, second, site) is Role.owner


def test_only_an_owner_of_this_very_site_changes_its_moderators(db, site, owner, helper):
    stranger = make.moderator(db, make.site(db))
    for who in (helper, stranger):
        with pytest.raises(NotAllowed):
            remove(db, **rights(who, site, owner))
        with pytest.raises(NotAllowed):
            change_role(db, **rights(who, site, helper), role=Role.owner)
        with pytest.raises(NotAllowed):
            invitations.invite(db, owner=who, site_id=site.id, email="e@mail.example", role=Role.owner, now=NOW)
    with pytest.raises(Missing):
        remove(db, **rights(owner, site, stranger))


def test_of_two_owners_who_remove_each_other_at_once_one_stays(database):
    for _ in range(10):
        with database.transaction() as db:
            site = make.site(db)
            pair = [make.moderator(db, site) for _ in range(2)]
        barrier, outcomes = Barrier(2), []

        def act(mine, theirs, site=site, barrier=barrier, outcomes=outcomes):
            barrier.wait()
            try:
                with database.transaction() as db:
                    remove(db, **rights(mine, site, theirs))
                outcomes.append("done")
            except Problem:
                outcomes.append("refused")

        threads = [Thread(target=act, args=(mine, theirs)) for mine, theirs in (pair, pair[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "refused"]
        with database.reading() as db:
            assert [one.role for one in members(db, site.id)] == [Role.owner]


# --- invitations ------------------------------------------------------------------------------------------------------


def invited(db, owner, site, *, email="Eve@Mail.Example", role=Role.moderator, now=NOW):
    return invitations.invite(db, owner=owner, site_id=site.id, email=email, role=role, now=now)


def ticket(invitation):
    return invitations.link(invitation, keys=KEYS, public_url="http://localhost:8000").rpartition("/")[2]


def read(db, invitation, now=NOW):
    return invitations.read(db, KEYS, ticket(invitation), now=now)


def test_an_invitation_makes_an_account_with_the_address_invited(db, site, owner):
    invitation = invited(db, owner, site)
    assert not invitations.is_known(db, invitation)
    eve = invitations.create_account(db, read(db, invitation), name="Eve", password=SEALED, now=NOW)
    assert (eve.email, eve.name, eve.password) == ("eve@mail.example", "Eve", "hash")
    assert eve.role_on(site.id) is Role.moderator


@pytest.mark.parametrize("address", ["eve@mail.example", "Eve@Mail.Example"])
@pytest.mark.parametrize("with_password", [True, False])
def test_an_invitation_never_touches_an_account_that_is_there(db, site, owner, with_password, address):
    eve = make.moderator(db, make.site(db), email=address, password="old" if with_password else None)
    invitation = invited(db, owner, site)
    assert invitations.is_known(db, invitation)
    with pytest.raises(Conflict):
        invitations.create_account(db, invitation, name="Mallory", password=SEALED, now=NOW)
    db.expire_all()
    assert (eve.name, eve.password) == ("The author", "old" if with_password else None)
    invitations.join(db, read(db, invitation), eve.id, now=NOW)
    assert role_of(db, eve, site) is Role.moderator


def test_an_invitation_works_once(db, site, owner):
    invitation = invited(db, owner, site)
    invitations.create_account(db, invitation, name="Eve", password=SEALED, now=NOW)
    with pytest.raises(Missing):
        read(db, invitation)
    with pytest.raises(Missing):
        invitations.join(db, invitation, make.moderator(db).id, now=NOW)


def test_an_invitation_ends_after_seven_days(db, site, owner):
    invitation = invited(db, owner, site)
    assert read(db, invitation, NOW + timedelta(days=6, hours=23)) is invitation
    with pytest.raises(Missing):
        read(db, invitation, NOW + timedelta(days=7))


def test_a_new_invitation_ends_the_one_before(db, site, owner):
    old = invited(db, owner, site)
    new = invited(db, owner, site, role=Role.owner)
    with pytest.raises(Missing):
        read(db, old)
    assert invitations.open_invitations(db, site.id, now=NOW) == (new,)


def test_a_withdrawn_invitation_is_over_and_nobody_else_withdraws_it(db, site, owner):
    invitation = invited(db, owner, site)
    stranger_site = make.site(db)
    stranger = make.moderator(db, stranger_site)
    invitations.withdraw(db, owner=stranger, site_id=stranger_site.id, invitation_id=invitation.id, now=NOW)
    assert read(db, invitation)
    with pytest.raises(NotAllowed):
        invitations.withdraw(db, owner=stranger, site_id=site.id, invitation_id=invitation.id, now=NOW)
    invitations.withdraw(db, owner=owner, site_id=site.id, invitation_id=invitation.id, now=NOW)
    with pytest.raises(Missing):
        read(db, invitation)


def test_what_an_owner_started_ends_when_they_are_none_any_more(db, site, owner):
    second = make.moderator(db, site)
    invitation = invited(db, second, site, role=Role.owner)
    change_role(db, **rights(owner, site, second), role=Role.moderator)
    with pytest.raises(Missing):
        read(db, invitation)
    assert invitations.open_invitations(db, site.id, now=NOW) == ()


def test_an_invitation_never_lowers_a_role(db, site, owner):
    eve = make.moderator(db, email="eve@mail.example")
    lower, higher = invited(db, owner, site), None
    invitations.join(db, lower, owner.id, now=NOW)
    assert role_of(db, owner, site) is Role.owner
    higher = invited(db, owner, site, role=Role.owner)
    invitations.join(db, higher, eve.id, now=NOW)
    assert role_of(db, eve, site) is Role.owner


def test_who_moderates_already_is_not_invited(db, site, owner, helper):
    with pytest.raises(Conflict) as refused:
        invited(db, owner, site, email=helper.email.upper())
    assert refused.value.field == "email"


@pytest.mark.parametrize("email", ["", "no address", "a@b.example\x00"])
def test_a_mistyped_address_is_refused(db, site, owner, email):
    with pytest.raises(Refused) as refused:
        invited(db, owner, site, email=email)
    assert refused.value.field == "email"


@pytest.mark.parametrize("forged", ["", "x", "i_0000000000000000000000.9999999999.x", "\x00"])
def test_a_forged_link_is_nobodys(db, forged):
    with pytest.raises(Missing):
        invitations.read(db, KEYS, forged, now=NOW)


def test_a_link_made_with_another_installations_key_is_nobodys(db, site, owner):
    with pytest.raises(Missing):
        invitations.read(db, Keys(b"o" * 32), ticket(invited(db, owner, site)), now=NOW)


def test_of_two_who_accept_at_once_one_comes_in(database):
    with database.transaction() as db:
        site = make.site(db)
        invitation = invited(db, make.moderator(db, site), site)
        pair = [make.moderator(db) for _ in range(2)]
    barrier, outcomes = Barrier(2), []

    def accept(who):
        barrier.wait()
        try:
            with database.transaction() as db:
                invitations.join(db, read(db, invitation), who.id, now=NOW)
            outcomes.append("in")
        except Missing:
            outcomes.append("late")

    threads = [Thread(target=accept, args=(who,)) for who in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "late"]
