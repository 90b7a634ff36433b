"""Nobody passes for a moderator, and no guest for somebody who signs in."""

import pytest

from moderation.records import Verdict
from moderation.screening.rule import Known
from moderation.screening.rules.reserved_name import ReservedName, reserved_name
from tests.screening.cases import a_case

AUTHOR = Known(name="Alice Martin", email="alice@blog.example", is_moderator=True)
READER = Known(name="Bill", email="Bill@mail.example", is_moderator=False)
BOTH = (AUTHOR, READER)

LIKE_THE_AUTHOR = [
    "Alice Martin",
    "ALICE  MARTIN",
    "alice_martin.",
    "AIice Martin",
    "A1ice Martin",
    "Аlice Mаrtin",
    "𝓐lice Martin",
    "Ａｌｉｃｅ Ｍａｒｔｉｎ",
    "Alíce Martín",
    "A.l.i.c.e Martin",
    "Alice\u200b Martin",
    "Alice rnartin",
]


@pytest.mark.parametrize("is_guest", [True, False])
@pytest.mark.parametrize("name", LIKE_THE_AUTHOR)
def test_a_name_that_looks_like_a_moderators_is_held(name: str, is_guest: bool) -> None:
    noticed = reserved_name.check(a_case(name=name, is_guest=is_guest, known=BOTH), ReservedName())
    assert noticed
    assert noticed.verdict is Verdict.hold
    assert "moderator" in noticed.sentence


@pytest.mark.parametrize("name", ["Alice", "Martin", "Alice Marten", "Malice Martin", "Alice Martin-Smith", "B", "🙂"])
def test_other_names_are_free(name: str) -> None:
    assert reserved_name.check(a_case(name=name, is_guest=True, known=BOTH), ReservedName()) is None


def test_moderators_may_use_their_names() -> None:
    case = a_case(name="Alice Martin", email="alice@blog.example", is_moderator=True, known=BOTH)
    assert reserved_name.check(case, ReservedName()) is None


@pytest.mark.parametrize("name", ["Bill", "BILL", "B1ll", "Вill", "BiII"])
def test_a_guest_with_the_name_of_somebody_who_signs_in_is_held(name: str) -> None:
    noticed = reserved_name.check(a_case(name=name, is_guest=True, known=BOTH), ReservedName())
    assert noticed
    assert "signs in" in noticed.sentence


def test_two_who_sign_in_may_have_one_name() -> None:
    assert reserved_name.check(a_case(name="Bill", known=BOTH), ReservedName()) is None


@pytest.mark.parametrize(("email", "word"), [("ALICE@blog.example", "moderator"), ("bill@mail.example", "signs in")])
def test_a_guest_with_the_address_of_another_is_held(email: str, word: str) -> None:
    noticed = reserved_name.check(a_case(name="Eve", email=email, is_guest=True, known=BOTH), ReservedName())
    assert noticed
    assert word in noticed.sentence


def test_who_has_shown_that_the_address_is_theirs_may_use_it() -> None:
    case = a_case(name="Eve", email="bill@mail.example", email_verified=True, is_guest=True, known=BOTH)
    assert reserved_name.check(case, ReservedName()) is None


def test_guests_without_an_address_are_not_taken_for_each_other() -> None:
    nameless = Known(name="Carol", email=None, is_moderator=True)
    assert reserved_name.check(a_case(name="Eve", email=None, is_guest=True, known=(nameless,)), ReservedName()) is None


def test_the_owner_reserves_further_names() -> None:
    assert reserved_name.check(a_case(name="Adm1n", is_guest=True), ReservedName())
    assert reserved_name.check(a_case(name="The Queen"), ReservedName(names=("the queen",)))
    assert reserved_name.check(a_case(name="Admin"), ReservedName(names=())) is None


def test_the_owner_may_let_guests_use_commenters_names() -> None:
    case = a_case(name="Bill", is_guest=True, known=BOTH)
    assert reserved_name.check(case, ReservedName(commenters=False)) is None
