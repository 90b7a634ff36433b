"""Holds what was said on this blog shortly before, by the same person or by somebody else."""

from typing import Annotated

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


class RepeatedText(Options, frozen=True, kw_only=True):
    """Which repetitions are usual."""

    short: Annotated[
        int,
        Meta(
            ge=0, le=8192, description="Below so many characters (“Thanks!”), others may say the same; 0: nobody may."
        ),
    ] = 30


def _check(case: Case, options: RepeatedText) -> Noticed | None:
    if case.repeats_by_writer:
        return Noticed(
            verdict=Verdict.hold,
            sentence=f"Its writer said the same {_times(case.repeats_by_writer)}.",
            needed="The same person may say the same again after 24 hours.",
        )
    if case.repeats_by_others and len(case.text.strip()) >= options.short:
        return Noticed(
            verdict=Verdict.hold,
            sentence=f"Others said the same {_times(case.repeats_by_others)}.",
            needed=_needed(options.short),
        )
    return None


def _needed(short: int) -> str:
    if not short:
        return "Others may say the same after 24 hours."
    return f"Others may say the same in less than {short:,} characters, or after 24 hours."


def _times(count: int) -> str:
    return "here within a day" if count == 1 else f"here {count:,} times within a day"


repeated_text = Rule(
    name="repeated_text",
    asks="Was the same text posted here within a day?",
    options=RepeatedText,
    check=_check,
)
