"""What every screening rule must hold to, those not written yet included."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from moderation.foundation.catalogue import catalogue
from moderation.foundation.options import Options, as_json, known_options, read_options
from moderation.records import Verdict
from moderation.screening.rule import Case, Known, Noticed, Rule
from moderation.screening.screen import RULES, SENTENCE_CHARACTERS
from tests.screening.cases import a_case

MEMBERS: dict[str, Rule[Any]] = catalogue(RULES, Rule)
CANARY = "canary"
HOSTILE = {
    "nothing": "",
    "blanks": " \n\t " * 2048,
    "one letter": "a" * 8192,
    "single letters": "a " * 4096,
    "signs": "@$!|*" * 1638,
    "dots": "a.b-c" * 1638,
    "asterisks": "f*ck* " * 1365,
    "marks": "a\u0301\u0323" * 2730,
    "joiners": "a\u200d" * 4096,
    "flags": "\U0001f1e6" * 8192,
    "another direction": "\u202eשלום\u202c " * 1365,
    "half a character": "a\ud800b " * 2048,
    "a NUL": "a\0b " * 2048,
}


def provoking() -> Case:
    """A comment that gives every rule some reason, with a canary in all that its writer typed."""
    text = f"{CANARY} {CANARY} viagra"
    return a_case(
        text=text,
        links=tuple(f"https://{CANARY}{number}.example/{CANARY}" for number in range(20)),
        page_title=CANARY,
        name=CANARY,
        email=f"{CANARY}@mail.example",
        url=f"https://{CANARY}.example/",
        is_guest=True,
        trusted=True,
        banned=True,
        banned_why="Its writer is banned on this blog.",
        rejected_before=7,
        spam_before=7,
        repeats_by_writer=7,
        repeats_by_others=7,
        known=(
            Known(name=CANARY, email=f"{CANARY}@mail.example", is_moderator=True),
            Known(name=CANARY, email=f"{CANARY}@mail.example", is_moderator=False),
        ),
    )


@pytest.fixture(params=list(MEMBERS))
def rule(request: pytest.FixtureRequest) -> Rule[Any]:
    return MEMBERS[request.param]


def test_there_are_rules() -> None:
    assert {"trusted_person", "banned_person", "many_links", "blocked_words", "repeated_text"} <= set(MEMBERS)


def test_a_rule_asks_a_question(rule: Rule[Any]) -> None:
    assert rule.asks.endswith("?")
    assert rule.asks[0].isupper()
    assert "_" not in rule.asks


def test_every_option_has_a_default_and_says_what_it_does(rule: Rule[Any]) -> None:
    assert issubclass(rule.options, Options)
    rule.options()
    for name, field in known_options(rule.options).items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_options_are_read_as_they_were_stored(rule: Rule[Any]) -> None:
    options = rule.options()
    assert read_options(rule.options, json.loads(json.dumps(as_json(options)))) == options


def test_an_ordinary_comment_is_no_matter(rule: Rule[Any]) -> None:
    assert rule.check(a_case(), rule.options()) is None


def test_a_rule_says_what_it_noticed_in_a_sentence_and_quotes_nobody(rule: Rule[Any]) -> None:
    for case in (provoking(), replace(provoking(), is_guest=False), replace(provoking(), is_moderator=True)):
        noticed = rule.check(case, rule.options())
        if noticed is None:
            continue
        assert isinstance(noticed, Noticed)
        assert noticed.verdict in Verdict
        assert noticed.sentence[0].isupper()
        assert noticed.sentence.endswith(".")
        assert len(noticed.sentence) <= SENTENCE_CHARACTERS
        assert CANARY not in noticed.sentence


def test_a_rule_that_stops_a_comment_says_what_it_would_have_needed(rule: Rule[Any]) -> None:
    for case in (provoking(), replace(provoking(), is_guest=False), replace(provoking(), repeats_by_writer=0)):
        noticed = rule.check(case, rule.options())
        if noticed is None or noticed.verdict is Verdict.approve:
            continue
        assert noticed.needed[:1].isupper()
        assert noticed.needed.endswith(".")
        assert len(noticed.needed) <= SENTENCE_CHARACTERS
        assert noticed.needed != noticed.sentence
        assert CANARY not in noticed.needed


def test_a_rule_answers_the_same_twice(rule: Rule[Any]) -> None:
    assert rule.check(provoking(), rule.options()) == rule.check(provoking(), rule.options())


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_a_rule_is_quick_whatever_is_sent(rule: Rule[Any], kind: str) -> None:
    text = HOSTILE[kind][:8192]
    case = a_case(text=text, name=text[:256], url=text[:2048], links=(text[:2048], "http://[", "https://:0/", "//"))
    # What a rule reads once, such as the table of look-alikes, is read beforehand.
    rule.check(a_case(text="x"), rule.options())
    started = time.process_time()
    rule.check(case, rule.options())
    assert time.process_time() - started < 0.25
