"""Every language of the web component says everything that English says, in every plural form that its rules need."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

EMBED = Path(__file__).parents[2] / "moderation" / "static" / "embed"
LANGUAGES = sorted(file.stem for file in (EMBED / "lang").glob("*.json"))
WANTED = {"ar", "de", "es", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh"}
RIGHT_TO_LEFT = {"ar", "he"}
FORMS = {"zero", "one", "two", "few", "many", "other"}
TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(\w+)(?=:)|([{}:,]))')


def literal(source: str) -> dict[str, Any]:
    """Read an object of JavaScript that holds nothing but words: made JSON, token by token."""
    parts, depth, place = [], 0, 0
    while True:
        found = TOKEN.match(source, place)
        assert found, source[place : place + 40]
        text, name, sign = found.groups()
        place = found.end()
        parts.append(text or sign or f'"{name}"')
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return dict(json.loads(re.sub(r",(?=})", "", "".join(parts))))


def english() -> dict[str, Any]:
    """Return all English words, those of every part together."""
    words: dict[str, Any] = {}
    for file in sorted(EMBED.glob("*.js")):
        source = file.read_text()
        for found in re.finditer(r"const ENGLISH = (?={)", source):
            words |= literal(source[found.end() :])
    return words


ENGLISH = english()


def words_of(language: str) -> dict[str, Any]:
    return dict(json.loads((EMBED / "lang" / f"{language}.json").read_text()))


def is_plural(message: object) -> bool:
    return isinstance(message, dict) and set(message) <= FORMS


def places(text: str) -> set[str]:
    """Return what is filled into a message."""
    return set(re.findall(r"{(\w+)}", text))


def test_all_languages_are_there_and_the_script_knows_them() -> None:
    assert set(LANGUAGES) == WANTED
    known = re.search(r'const LANGUAGES = "([a-z ]+)"', (EMBED / "v1.js").read_text())
    assert known
    assert known[1].split() == LANGUAGES


def test_english_is_read_whole() -> None:
    assert len(ENGLISH) > 90
    assert ENGLISH["heading"] == {"one": "One Comment on “{title}”", "other": "{count} Comments on “{title}”"}
    assert ENGLISH["direction"] == "ltr"


def test_english_has_every_word_that_the_script_says() -> None:
    said = set()
    for file in EMBED.glob("*.js"):
        said |= set(re.findall(r'\b(?:t|say|announce)\("(\w+)"', file.read_text()))
    assert len(said) > 50
    assert said - set(ENGLISH) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_misses_no_message_and_has_none_of_its_own(language: str) -> None:
    words = words_of(language)
    assert set(words) == set(ENGLISH)
    for key, message in ENGLISH.items():
        if isinstance(message, dict) and not is_plural(message):
            assert set(words[key]) == set(message), key
    assert words["direction"] == ("rtl" if language in RIGHT_TO_LEFT else "ltr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_plural_form_that_its_rules_need(language: str) -> None:
    needed = set(Locale.parse(language).plural_form.tags) | {"other"}
    words = words_of(language)
    missing = {key: needed - set(words[key]) for key, message in ENGLISH.items() if is_plural(message)}
    assert {key: forms for key, forms in missing.items() if forms} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_fills_in_what_english_fills_in(language: str) -> None:
    words = words_of(language)
    for key, message in ENGLISH.items():
        if is_plural(message):
            wanted = places(message["other"])
            for form, text in words[key].items():
                assert wanted - {"count"} <= places(text) <= wanted, (key, form)
            assert places(words[key]["other"]) == wanted, key
        elif isinstance(message, dict):
            assert [places(words[key][name]) for name in message] == [places(text) for text in message.values()], key
        elif key != "direction":
            assert places(words[key]) == places(message), key
            assert words[key].strip() == words[key] != "", key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_for_several_numbers_names_the_number(language: str) -> None:
    rule = Locale.parse(language).plural_form
    ambiguous = {form for form in rule.tags | {"other"} if len([n for n in range(2, 1001) if rule(n) == form]) > 0}
    words = words_of(language)
    for key, message in ENGLISH.items():
        if is_plural(message):
            for form in ambiguous - {"two"}:
                assert "{count}" in words[key][form], (key, form)
