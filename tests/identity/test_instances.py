"""How servers that registered us are remembered: sealed, once, and not for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.foundation.tokens import Keys
from moderation.identity.instances import KEPT, Instances, Registration
from moderation.identity.purge import purge
from moderation.records import Instance
from tests.make import NOW

KEYS = Keys(b"k" * 32)
CALLBACK = "https://comments.example/auth/mastodon/callback"


@pytest.fixture
def instances(database) -> Instances:
    return Instances(database, KEYS)


def registration(client_id: str = "client-1", **changes: str) -> Registration:
    known = {"host": "social.example", "redirect_uri": CALLBACK, "scope": "profile", "secret": "secret-1"} | changes
    return Registration(client_id=client_id, **known)


def test_a_registration_is_found_again_and_checked_after_a_day(instances, database) -> None:
    instances.keep(registration(), NOW)
    assert instances.find("social.example", CALLBACK, NOW) == (registration(), True)
    later = NOW + timedelta(days=1)
    assert instances.find("social.example", CALLBACK, later) == (registration(), False)
    instances.confirm(registration(), later)
    assert instances.find("social.example", CALLBACK, later) == (registration(), True)
    with database.reading() as db:
        assert b"secret-1" not in db.scalars(select(Instance)).one().client_secret


def test_another_server_or_another_address_of_ours_is_another_registration(instances) -> None:
    instances.keep(registration(), NOW)
    assert instances.find("other.example", CALLBACK, NOW) is None
    assert instances.find("social.example", "https://new.example/auth/mastodon/callback", NOW) is None


def test_the_newest_registration_stays_whoever_forgets_an_older_one(instances) -> None:
    instances.keep(registration("client-1"), NOW)
    instances.keep(registration("client-2", scope="read:accounts"), NOW)
    instances.forget("social.example", "client-1")
    assert instances.find("social.example", CALLBACK, NOW) == (registration("client-2", scope="read:accounts"), True)
    instances.forget("social.example", "client-2")
    assert instances.find("social.example", CALLBACK, NOW) is None


def test_a_secret_sealed_with_a_former_key_counts_as_lost(instances, database) -> None:
    instances.keep(registration(), NOW)
    assert Instances(database, Keys(b"n" * 32)).find("social.example", CALLBACK, NOW) is None


def test_a_server_that_nobody_came_from_for_long_is_forgotten(instances, database) -> None:
    instances.keep(registration(), NOW)
    instances.keep(registration(host="busy.example"), NOW + timedelta(days=1))
    with database.transaction() as db:
        purge(db, now=NOW + KEPT + timedelta(hours=1))
    assert instances.find("social.example", CALLBACK, NOW) is None
    assert instances.find("busy.example", CALLBACK, NOW) is not None
