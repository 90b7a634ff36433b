"""The facts that rules get are those in the database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from moderation.foundation.tokens import new_id
from moderation.intake.submit import compose
from moderation.records import Ban, Comment, Page, Person, Site, Status
from moderation.screening.gather import gather
from moderation.screening.rule import Case
from tests import make

NOW = make.NOW + timedelta(days=1)
LONG = "I saw this film twice with my sister and we both liked the music, the pictures and the end of it."


@pytest.fixture
def site(db: Session) -> Site:
    return make.site(db)


@pytest.fixture
def page(db: Session, site: Site) -> Page:
    return make.page(db, site)


@pytest.fixture
def alice(db: Session, site: Site) -> Person:
    return make.person(db, site)


def guest(db: Session, site: Site, **values: Any) -> Person:
    return make.person(db, site, provider="guest", **{"name": "Gus", **values})


def said(db: Session, page: Page, person: Person, body: str = LONG, **values: Any) -> Comment:
    return make.comment(db, page, person, body=body, **{"now": NOW, **values})


def facts(db: Session, comment: Comment, text: str = "words", links: tuple[str, ...] = ()) -> Case:
    return gather(db, comment, make.newest(db, comment), text=text, links=links, now=NOW)


def ban(db: Session, site: Site, **values: Any) -> Ban:
    made = Ban(id=new_id("b", NOW), site_id=site.id, created_at=NOW, **values)
    db.add(made)
    db.flush()
    return made


def test_what_was_sent_by_whom_and_where(db: Session, site: Site, page: Page) -> None:
    person = make.person(db, site, name="Bill", email="bill@mail.example", url="https://bill.example/", provider="x")
    case = facts(db, said(db, page, person, "**Hello**"), "Hello", ("https://a.example/",))
    assert (case.body, case.text, case.links) == ("**Hello**", "Hello", ("https://a.example/",))
    assert (case.name, case.email, case.url, case.provider) == (
        "Bill",
        "bill@mail.example",
        "https://bill.example/",
        "x",
    )
    assert (case.site_origins, case.page_key, case.page_title) == ((make.BLOG,), page.key, page.title)
    assert (case.person_id, case.is_guest, case.email_verified) == (person.id, False, False)
    assert (case.first_seen_at, case.submitted_at, case.now) == (make.NOW, NOW, NOW)
    assert (case.trusted, case.banned, case.is_moderator) == (False, False, False)
    assert case.known == ()


def test_a_comment_is_looked_at_before_it_is_stored(db: Session, page: Page, alice: Person) -> None:
    given = {"page": page, "person": alice, "parent": None, "text": make.text("new"), "address_hash": None, "now": NOW}
    comment, version = compose(comment_id="c_1", **given)
    case = gather(db, comment, version, text="new", links=(), now=NOW)
    assert (case.body, case.person_id, case.page_key) == ("new", alice.id, page.key)
    assert db.get(Comment, "c_1") is None


# --- the person -------------------------------------------------------------------------------------------------------


def test_comments_are_counted_by_what_became_of_them(db: Session, site: Site, page: Page, alice: Person) -> None:
    for status, count in {Status.approved: 3, Status.rejected: 2, Status.spam: 1, Status.withdrawn: 4}.items():
        for _ in range(count):
            make.comment(db, page, alice, status=status)
    make.comment(db, page, make.person(db, site), status=Status.approved)
    case = facts(db, said(db, page, alice))
    assert (case.approved_before, case.rejected_before, case.spam_before) == (3, 2, 1)


def test_whom_the_author_trusts(db: Session, site: Site, page: Page) -> None:
    trusted = make.person(db, site, trusted_at=NOW)
    assert facts(db, said(db, page, trusted)).trusted


def test_a_guest_is_trusted_only_once_the_address_is_confirmed(db: Session, site: Site, page: Page) -> None:
    anybody = guest(db, site, email="gus@mail.example", trusted_at=NOW)
    confirmed = guest(
        db,
        site,
        email="gus@mail.example",
        issuer="mailto:",
        subject="gus@mail.example",
        email_verified=True,
        trusted_at=NOW,
    )
    assert not facts(db, said(db, page, anybody)).trusted
    assert facts(db, said(db, page, confirmed)).trusted


def test_a_moderator_is_known_on_their_own_site_only(db: Session, site: Site, page: Page) -> None:
    own, other = make.moderator(db, site), make.moderator(db, make.site(db))
    assert facts(db, said(db, page, make.person(db, site, moderator_id=own.id))).is_moderator
    assert not facts(db, said(db, page, make.person(db, site, moderator_id=other.id))).is_moderator


# --- bans -------------------------------------------------------------------------------------------------------------

LATER, EARLIER = NOW + timedelta(days=3), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Its writer is banned on this blog."),
        ({"until": LATER}, "Its writer is banned on this blog until 2026-11-26 06:28 UTC."),
        ({"until": EARLIER}, ""),
        ({"until": NOW}, ""),
        ({"lifted_at": EARLIER}, ""),
        ({"until": LATER, "lifted_at": EARLIER}, ""),
    ],
)
def test_a_ban_counts_until_it_ends(db: Session, site: Site, page: Page, values: dict[str, Any], sentence: str) -> None:
    person = make.person(db, site)
    ban(db, site, person_id=person.id, **values)
    case = facts(db, said(db, page, person))
    assert (case.banned, case.banned_why) == (bool(sentence), sentence)


def test_everybody_at_a_banned_address_is_banned(db: Session, site: Site, page: Page, alice: Person) -> None:
    ban(db, site, address_hash=b"a" * 32)
    here, there, nowhere = said(db, page, alice), said(db, page, alice), said(db, page, alice)
    here.address_hash, there.address_hash = b"a" * 32, b"b" * 32
    assert facts(db, here).banned_why == "The address that it comes from is banned on this blog."
    assert not facts(db, there).banned
    assert not facts(db, nowhere).banned


def test_a_persons_ban_is_no_ban_of_unknown_addresses(db: Session, site: Site, page: Page, alice: Person) -> None:
    ban(db, site, person_id=make.person(db, site).id)
    assert not facts(db, said(db, page, alice)).banned


def test_the_ban_that_lasts_longest_is_told(db: Session, site: Site, page: Page, alice: Person) -> None:
    ban(db, site, person_id=alice.id, until=LATER)
    ban(db, site, person_id=alice.id)
    assert facts(db, said(db, page, alice)).banned_why == "Its writer is banned on this blog."


def test_another_sites_ban_does_not_count(db: Session, page: Page, alice: Person) -> None:
    ban(db, make.site(db), person_id=alice.id)
    assert not facts(db, said(db, page, alice)).banned


# --- repetitions ------------------------------------------------------------------------------------------------------


def repeats(db: Session, comment: Comment) -> tuple[int, int]:
    case = facts(db, comment)
    return case.repeats_by_writer, case.repeats_by_others


def test_the_same_text_is_counted_by_writer_and_by_others(db: Session, site: Site, page: Page, alice: Person) -> None:
    said(db, page, alice, "Hello, you!")
    said(db, make.page(db, site), alice, "HELLO you")
    said(db, page, make.person(db, site), "hello... you?")
    said(db, page, alice, "Goodbye")
    assert repeats(db, said(db, page, alice, "Hello you")) == (2, 1)


@pytest.mark.parametrize(
    ("hours", "status", "counted"),
    [
        (0, Status.waiting, 1),
        (23, Status.approved, 1),
        (1, Status.rejected, 1),
        (1, Status.spam, 1),
        (1, Status.withdrawn, 0),
        (25, Status.waiting, 0),
    ],
)
@pytest.mark.parametrize("changed", [LONG, LONG.replace("sister", "brother")])
def test_what_was_said_within_a_day_and_not_taken_back_counts(
    db: Session, site: Site, page: Page, alice: Person, changed: str, hours: int, status: Status, counted: int
) -> None:
    said(db, page, make.person(db, site), now=NOW - timedelta(hours=hours), status=status)
    assert repeats(db, said(db, page, alice, changed)) == (0, counted)


def test_another_sites_comments_do_not_count(db: Session, page: Page, alice: Person) -> None:
    other = make.site(db)
    said(db, make.page(db, other), make.person(db, other))
    assert repeats(db, said(db, page, alice)) == (0, 0)


def test_another_text_does_not_count(db: Session, site: Site, page: Page, alice: Person) -> None:
    said(
        db,
        page,
        make.person(db, site),
        "My sister and I saw it twice, but the end was bad and the music too loud for us.",
    )
    said(db, page, make.person(db, site), "I saw this film twice.")
    assert repeats(db, said(db, page, alice)) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other", "by_writer"),
    [
        ({"email": "gus@mail.example"}, {"email": "Gus@mail.example"}, True),
        ({"email": "gus@mail.example"}, {"email": "eve@mail.example"}, False),
        ({"email": "gus@mail.example"}, {"email": None}, False),
        ({"email": None}, {"email": None}, False),
    ],
)
def test_a_guest_is_known_again_by_the_address(
    db: Session, site: Site, page: Page, one: dict[str, Any], other: dict[str, Any], by_writer: bool
) -> None:
    said(db, page, guest(db, site, **one))
    assert repeats(db, said(db, page, guest(db, site, **other))) == ((1, 0) if by_writer else (0, 1))


def test_guests_without_an_address_are_known_again_by_their_network(db: Session, site: Site, page: Page) -> None:
    first, second, third = (said(db, page, guest(db, site)) for _ in range(3))
    first.address_hash = second.address_hash = b"a" * 32
    third.address_hash = b"b" * 32
    assert repeats(db, first) == (1, 1)
    assert repeats(db, third) == (0, 2)


# --- names ------------------------------------------------------------------------------------------------------------


def known(db: Session, comment: Comment) -> set[tuple[str, bool]]:
    return {(known.name, known.is_moderator) for known in facts(db, comment).known}


def test_moderators_of_the_site_are_known_to_everybodys_case(
    db: Session, site: Site, page: Page, alice: Person
) -> None:
    make.moderator(db, site, name="Olga")
    make.moderator(db, make.site(db), name="Otto")
    assert known(db, said(db, page, alice)) == {("Olga", True)}
    assert known(db, said(db, page, guest(db, site))) == {("Olga", True)}


def test_a_guests_case_knows_whoever_signed_in_under_a_name_that_looks_the_same(
    db: Session, site: Site, page: Page
) -> None:
    for name in ("Arnold Bill", "ARNOLD-BILL", "Аrnоld Bill", "Arnold", "Bill"):
        make.person(db, site, name=name)
    make.person(db, make.site(db), name="Arnold Bill")
    guest(db, site, name="Arnold Bill")
    assert known(db, said(db, page, guest(db, site, name="Amold Bi1l"))) == {
        ("Arnold Bill", False),
        ("ARNOLD-BILL", False),
        ("Аrnоld Bill", False),
    }


def test_a_guests_case_knows_who_signed_in_with_the_same_address(db: Session, site: Site, page: Page) -> None:
    make.person(db, site, name="Bill", email="bill@mail.example")
    make.person(db, make.site(db), name="Bill elsewhere", email="bill@mail.example")
    assert known(db, said(db, page, guest(db, site, email="bill@mail.example"))) == {("Bill", False)}
    assert known(db, said(db, page, guest(db, site, email="BILL@mail.example"))) == {("Bill", False)}
    assert known(db, said(db, page, guest(db, site, email=None))) == set()


# --- cost -------------------------------------------------------------------------------------------------------------


def test_a_handful_of_queries_is_enough(db: Session, site: Site, page: Page) -> None:
    for _ in range(30):
        make.comment(db, page, make.person(db, site), body=LONG + " No.", status=Status.approved)
    comment = said(db, page, guest(db, site, email="gus@mail.example"), LONG)
    asked: list[str] = []
    event.listen(db.get_bind(), "before_cursor_execute", lambda *values: asked.append(values[2]))
    facts(db, comment)
    assert 0 < len(asked) <= 7
