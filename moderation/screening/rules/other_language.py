"""Holds what is written in a language that the blog is not in."""

from pydantic import Field, field_validator

from moderation.foundation.language import NAMES, language_of
from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


class OtherLanguage(Options):
    """Which languages are welcome."""

    languages: tuple[str, ...] = Field(
        (),
        max_length=len(NAMES),
        description="Codes of the languages that are welcome, such as en or pt; none: all of them. What is too short "
        "to tell is let through.",
    )

    @field_validator("languages")
    @classmethod
    def _known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        codes = tuple(code.strip().lower() for code in codes)
        unknown = next((code for code in codes if code not in NAMES), None)
        if unknown is not None:
            raise ValueError(f"{unknown[:20]} is not one of {', '.join(sorted(NAMES))}")
        return codes


def _check(case: Case, options: OtherLanguage) -> Noticed | None:
    language = language_of(case.text) if options.languages else None
    if language is None or language in options.languages:
        return None
    welcome = [NAMES[code] for code in options.languages]
    return Noticed(
        verdict=Verdict.hold,
        sentence=f"It seems to be in {NAMES[language]}.",
        needed=f"It would have passed this rule in {' or '.join(welcome)}, or if it were too short to tell.",
    )


other_language = Rule(
    name="other_language", asks="Is it in another language than the blog?", options=OtherLanguage, check=_check
)
