"""What was said before is held; short thanks from different people are not."""

import pytest

from moderation.records import Verdict
from moderation.screening.rules.repeated_text import RepeatedText, repeated_text
from tests.screening.cases import a_case

LONG = "Buy the best watches of the world from us today!"


@pytest.mark.parametrize(
    ("text", "by_writer", "by_others", "held"),
    [
        (LONG, 0, 0, False),
        (LONG, 1, 0, True),
        (LONG, 0, 1, True),
        ("Thanks!", 0, 7, False),
        ("Thanks!", 1, 0, True),
        ("Thanks!" + " " * 50, 0, 7, False),
    ],
)
def test_repetitions_are_held_but_for_short_ones_of_others(
    text: str, by_writer: int, by_others: int, held: bool
) -> None:
    case = a_case(text, repeats_by_writer=by_writer, repeats_by_others=by_others)
    noticed = repeated_text.check(case, RepeatedText())
    assert (noticed is not None) is held
    assert noticed is None or noticed.verdict is Verdict.hold


def test_the_owner_sets_what_is_short() -> None:
    assert repeated_text.check(a_case("Thanks!", repeats_by_others=1), RepeatedText(short=0))
    assert repeated_text.check(a_case(LONG, repeats_by_others=1), RepeatedText(short=100)) is None


def test_it_says_how_often() -> None:
    once = repeated_text.check(a_case(LONG, repeats_by_others=1), RepeatedText())
    often = repeated_text.check(a_case(LONG, repeats_by_writer=12, repeats_by_others=1), RepeatedText())
    assert once
    assert once.sentence == "Others said the same here within a day."
    assert often
    assert often.sentence == "Its writer said the same here 12 times within a day."
