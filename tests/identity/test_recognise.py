"""A person is known again by issuer and subject, and by nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.identity.provider import Profile
from moderation.identity.recognise import NAMELESS, recognise
from moderation.records import Person, Site
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(days=1)
ISSUER = "https://issuer.example"


def profile(**changes: Any) -> Profile:
    facts: dict[str, Any] = {"issuer": ISSUER, "subject": "alice", "name": "Alice"}
    return Profile(**facts | changes)


@pytest.fixture
def site(db: Session) -> Site:
    return make.site(db)


def sign_in(db: Session, site: Site, **changes: Any) -> Person:
    return recognise(db, site_id=site.id, provider="demo", profile=profile(**changes), now=NOW)


def test_the_first_time_makes_a_person_the_second_finds_it(db: Session, site: Site) -> None:
    first = sign_in(db, site, name="Alice", avatar="https://p.example/1.png", url="https://a.example/", email="a@b.ex")
    assert (first.name, first.provider, first.seen_at) == ("Alice", "demo", NOW)
    second = recognise(db, site_id=site.id, provider="other", profile=profile(name="Alice B."), now=LATER)
    assert second is first
    assert (first.name, first.picture, first.url, first.email) == ("Alice B.", None, None, None)
    assert (first.provider, first.created_at, first.seen_at) == ("other", NOW, LATER)


@pytest.mark.parametrize("other", [{"subject": "bob"}, {"subject": "Alice"}, {"issuer": ISSUER + "/"}])
def test_another_subject_or_issuer_is_another_person(db: Session, site: Site, other: dict[str, str]) -> None:
    shared = {"email": "alice@mail.example", "email_verified": True}
    assert sign_in(db, site, **shared).id != sign_in(db, site, **shared, **other).id


def test_every_site_has_its_own_person(db: Session, site: Site) -> None:
    assert sign_in(db, site).id != sign_in(db, make.site(db)).id


def test_a_guest_of_the_same_address_stays_somebody_else(db: Session, site: Site) -> None:
    guest = make.person(
        db, site, provider="guest", email="alice@mail.example", issuer="mailto:", subject="alice@mail.example"
    )
    assert sign_in(db, site, email="alice@mail.example", email_verified=True).id != guest.id


def test_readers_see_a_new_name_on_all_pages(db: Session, site: Site) -> None:
    sign_in(db, site)
    before = site.revision
    sign_in(db, site)
    db.refresh(site)
    assert site.revision == before
    sign_in(db, site, name="Alice B.")
    db.refresh(site)
    assert site.revision == before + 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Alice \t B. ", "Alice B."),
        (None, NAMELESS),
        ("", NAMELESS),
        ("\u200b\u2060", NAMELESS),
        ("Ali\u202ece", NAMELESS),
        ("x" * 5000, "x" * 64),
        ("\0", NAMELESS),
    ],
)
def test_a_name_is_cleaned_or_replaced(db: Session, site: Site, given: str | None, shown: str) -> None:
    assert sign_in(db, site, name=given).name == shown


def test_a_name_that_became_unusable_leaves_the_one_we_had(db: Session, site: Site) -> None:
    sign_in(db, site, name="Alice")
    assert sign_in(db, site, name="\u200b").name == "Alice"


@pytest.mark.parametrize(("field", "kept"), [("url", "url"), ("avatar", "picture")])
@pytest.mark.parametrize(
    "given", ["javascript:alert(1)", "data:text/html,x", "https://u:p@a.example/", "x", "h" * 3000]
)
def test_addresses_that_are_none_are_dropped(db: Session, site: Site, field: str, kept: str, given: str) -> None:
    assert getattr(sign_in(db, site, **{field: given}), kept) is None


@pytest.mark.parametrize(
    ("given", "verified", "kept"),
    [
        ("alice@mail.example", True, ("alice@mail.example", True)),
        ("alice@mail.example", False, ("alice@mail.example", False)),
        ("not an address", True, (None, False)),
        (None, True, (None, False)),
    ],
)
def test_an_address_is_verified_only_if_it_is_one(
    db: Session, site: Site, given: str | None, verified: bool, kept: tuple[str | None, bool]
) -> None:
    person = sign_in(db, site, email=given, email_verified=verified)
    assert (person.email, person.email_verified) == kept


def test_the_same_person_in_eight_tabs_at_once_is_one(database: Database) -> None:
    with database.transaction() as db:
        site_id = make.site(db).id

    def tab(number: int) -> str:
        with database.transaction() as db:
            return recognise(db, site_id=site_id, provider="demo", profile=profile(name=f"Alice {number}"), now=NOW).id

    with ThreadPoolExecutor(8) as tabs:
        assert len(set(tabs.map(tab, range(8)))) == 1
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(Person)) == 1
