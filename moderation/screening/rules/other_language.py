"""Holds what is written in a language that the blog is not in."""

from typing import Annotated

from msgspec import Meta

from moderation.foundation.language import NAMES, known_languages, language_of
from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


class OtherLanguage(Options, frozen=True, kw_only=True):
    """Which languages are welcome."""

    languages: Annotated[
        tuple[str, ...],
        Meta(
            max_length=len(NAMES),
            description="Codes of the languages that are welcome, such as en or pt; none: those in the site’s "
            "settings, and all where none stand there. What is too short to tell is let through.",
        ),
    ] = ()

    def __post_init__(self) -> None:
        self.put("languages", known_languages)


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
    name="other_language",
    asks="Is it in another language than the blog?",
    options=OtherLanguage,
    from_site=("languages",),
    check=_check,
)
