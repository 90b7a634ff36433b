"""What is in a language that the owner did not name waits; without any named, none does."""

from typing import Any

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.language import NAMES
from moderation.foundation.options import read_options
from moderation.records import Policy, RuleSetting, Verdict
from moderation.screening.rule import Noticed
from moderation.screening.rules.other_language import OtherLanguage, other_language
from moderation.screening.screen import POLICY, screen
from tests.screening.cases import a_case

GERMAN = "Das ist ein sehr schöner Film, und ich habe ihn mit den Kindern im Kino gesehen."
RUSSIAN = "Это очень хороший фильм, и я смотрел его с детьми в кино."


def look(text: str, *languages: str) -> Noticed | None:
    return other_language.check(a_case(text=text), OtherLanguage(languages=languages))


def test_another_language_waits_and_says_which() -> None:
    found = look(GERMAN, "en", "fr")
    assert found
    assert (found.verdict, found.sentence) == (Verdict.hold, "It seems to be in German.")
    assert found.needed.startswith("It would have passed this rule in English or French")


def test_the_sites_languages_count_unless_the_rule_names_its_own() -> None:
    def verdict(**settings: Any) -> set[str]:
        screened = screen(a_case(text=GERMAN), Policy(**settings), {other_language.name: other_language})
        return {found.rule for found in screened.findings if found.counted}

    own = {"other_language": RuleSetting(options={"languages": ["de"]})}
    assert verdict() == {POLICY}
    assert verdict(languages=["en"]) == {"other_language"}
    assert verdict(languages=["en"], rules=own) == {POLICY}
    assert verdict(languages=["EN", "de-AT"]) == {POLICY}


@pytest.mark.parametrize("given", [["xx"], ["german"], "en, xx", [""]])
def test_a_site_names_languages_that_can_be_told(given: object) -> None:
    with pytest.raises(Refused) as refusal:
        read_options(Policy, {"languages": given})
    assert refusal.value.field == "languages"
    assert read_options(Policy, {"languages": "en, pt-BR en"}).languages == ("en", "pt")


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, "Ok!", "", "👍👍", "1234"])
def test_welcome_languages_short_texts_and_owners_without_a_wish_let_it_pass(text: str) -> None:
    assert look(text, "de", "ru") is None
    assert look(text) is None


def test_codes_are_read_in_capitals_too_and_unknown_ones_refused() -> None:
    assert read_options(OtherLanguage, {"languages": [" EN "]}).languages == ("en",)
    with pytest.raises(Refused, match="klingon is not one of"):
        read_options(OtherLanguage, {"languages": ["klingon"]})


def test_the_longest_sentences_can_be_kept() -> None:
    found = look(RUSSIAN, *(code for code in NAMES if code != "ru"))
    assert found
    assert len(found.needed) <= 500
