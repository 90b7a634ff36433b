"""The strongest finding wins, what is broken holds, and where no finding counts, the policy decides."""

import itertools
import logging
from typing import Annotated, Any

import pytest
from msgspec import Meta

from moderation.foundation.errors import Refused
from moderation.foundation.options import Options, read_options
from moderation.records import Moderate, Policy, RuleState, Verdict
from moderation.screening.rule import Case, Noticed, Rule
from moderation.screening.screen import SENTENCE_CHARACTERS, Screened, screen
from tests.screening.cases import a_case

VERDICTS = (None, *Verdict)
ONE_RULE = [(verdict, state) for verdict in VERDICTS for state in RuleState]


class Limit(Options, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(description="A number.")] = 3


def a_rule(name: str, verdict: Verdict | None) -> Rule[Any]:
    noticed = None if verdict is None else Noticed(verdict=verdict, sentence=f"{name} says {verdict}.")
    return Rule(name=name, asks="Is it?", options=Limit, check=lambda _case, _options: noticed)


def a_failing_rule(error: Exception) -> Rule[Any]:
    def check(_case: Case, _options: Limit) -> Noticed | None:
        raise error

    return Rule(name="failing", asks="Does it?", options=Limit, check=check)


def a_policy(moderate: Moderate = Moderate.none, **rules: Any) -> Policy:
    return read_options(Policy, {"moderate": moderate, "rules": rules})


def ask(*rules: Rule[Any], policy: Policy | None = None, case: Case | None = None) -> Screened:
    return screen(case or a_case(), policy or a_policy(), {rule.name: rule for rule in rules})


@pytest.mark.parametrize(("first", "second"), list(itertools.product(ONE_RULE, ONE_RULE)))
def test_the_strongest_finding_that_counts_wins(
    first: tuple[Verdict | None, RuleState], second: tuple[Verdict | None, RuleState]
) -> None:
    policy = a_policy(first={"state": first[1]}, second={"state": second[1]})
    screened = ask(a_rule("first", first[0]), a_rule("second", second[0]), policy=policy)
    on = {verdict for verdict, state in (first, second) if state is RuleState.on}
    if Verdict.spam in on:
        assert screened.verdict is Verdict.spam
    elif Verdict.hold in on:
        assert screened.verdict is Verdict.hold
    else:
        # By the rules, or else by this site's policy.
        assert screened.verdict is Verdict.approve
    for name, (verdict, state) in {"first": first, "second": second}.items():
        seen = [found for found in screened.findings if found.rule == name]
        assert [found.verdict for found in seen] == ([] if verdict is None or state is RuleState.off else [verdict])
        assert all(found.counted is (state is RuleState.on) for found in seen)
    by_policy = [found for found in screened.findings if found.rule == "policy"]
    assert len(by_policy) == (0 if on & set(Verdict) else 1)


def test_the_reason_is_the_strongest_findings_sentence() -> None:
    screened = ask(a_rule("kind", Verdict.approve), a_rule("strict", Verdict.spam), a_rule("careful", Verdict.hold))
    assert screened.sentence == "strict says spam."
    assert len(screened.findings) == 3


def test_a_rule_that_fails_holds_the_comment_and_says_so() -> None:
    screened = ask(a_failing_rule(ZeroDivisionError()), a_rule("kind", Verdict.approve))
    assert screened.verdict is Verdict.hold
    assert screened.sentence == "It waits because the rule “failing” failed (ZeroDivisionError)."


@pytest.mark.parametrize("error", [Refused("No."), RecursionError(), MemoryError(), KeyError("a")])
def test_any_failure_holds(error: Exception) -> None:
    screened = ask(a_failing_rule(error))
    assert screened.verdict is Verdict.hold
    assert "“failing” failed" in screened.sentence


def test_a_rule_that_answers_something_else_holds() -> None:
    broken: Rule[Any] = Rule(name="broken", asks="Is it?", options=Limit, check=lambda _c, _o: True)  # type: ignore[return-value]
    assert ask(broken).verdict is Verdict.hold


def test_a_failure_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        screened = ask(a_failing_rule(ValueError("a secret text")))
    assert "failing" in caplog.text
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    assert "secret" not in screened.sentence


def test_a_failing_rule_that_only_logs_holds_nothing() -> None:
    screened = ask(a_failing_rule(ValueError()), policy=a_policy(failing={"state": "log"}))
    assert screened.verdict is Verdict.approve
    assert [(found.rule, found.counted) for found in screened.findings] == [("failing", False), ("policy", True)]


@pytest.mark.parametrize("options", [{"limit": "many"}, {"limit": None}, {"limits": 3}])
def test_stored_options_that_cannot_be_read_hold_the_comment(options: dict[str, Any]) -> None:
    screened = ask(a_rule("kind", Verdict.approve), policy=a_policy(kind={"options": options}))
    assert screened.verdict is Verdict.hold
    assert "options of the rule “kind” cannot be read: limit" in screened.sentence


def test_options_reach_the_rule() -> None:
    seen = []

    def check(_case: Case, options: Limit) -> None:
        seen.append(options.limit)

    rule: Rule[Any] = Rule(name="rule", asks="Is it?", options=Limit, check=check)
    ask(rule, policy=a_policy(rule={"options": {"limit": 7}}))
    ask(rule)
    assert seen == [7, 3]


def test_settings_of_a_rule_that_is_gone_are_no_matter() -> None:
    assert screen(a_case(), a_policy(forgotten={"options": {"a": 1}})).verdict is Verdict.approve


def test_a_sentence_fits_into_a_decision() -> None:
    long: Rule[Any] = Rule(
        name="long",
        asks="Is it?",
        options=Limit,
        check=lambda _c, _o: Noticed(verdict=Verdict.hold, sentence="a" * 999),
    )
    assert len(ask(long).sentence) == SENTENCE_CHARACTERS


STRANGER = a_case()
KNOWN = a_case(approved_before=1)
TRUSTED = a_case(trusted=True)
MODERATOR = a_case(is_moderator=True)


@pytest.mark.parametrize(
    ("moderate", "case", "verdict"),
    [
        (Moderate.all, STRANGER, Verdict.hold),
        (Moderate.all, KNOWN, Verdict.hold),
        (Moderate.all, TRUSTED, Verdict.hold),
        (Moderate.all, MODERATOR, Verdict.approve),
        (Moderate.untrusted, STRANGER, Verdict.hold),
        (Moderate.untrusted, KNOWN, Verdict.hold),
        (Moderate.untrusted, TRUSTED, Verdict.approve),
        (Moderate.untrusted, MODERATOR, Verdict.approve),
        (Moderate.first_timers, STRANGER, Verdict.hold),
        (Moderate.first_timers, KNOWN, Verdict.approve),
        (Moderate.first_timers, TRUSTED, Verdict.approve),
        (Moderate.first_timers, MODERATOR, Verdict.approve),
        (Moderate.none, STRANGER, Verdict.approve),
        (Moderate.none, KNOWN, Verdict.approve),
        (Moderate.none, TRUSTED, Verdict.approve),
        (Moderate.none, MODERATOR, Verdict.approve),
    ],
)
def test_the_policy_decides_where_no_rule_noticed_anything(moderate: Moderate, case: Case, verdict: Verdict) -> None:
    assert screen(case, a_policy(moderate)).verdict is verdict


def test_by_default_a_stranger_waits_and_is_told_why() -> None:
    screened = screen(STRANGER, Policy())
    assert screened.verdict is Verdict.hold
    assert screened.sentence == "Every comment on this blog waits for a moderator unless its writer is trusted."
    assert [found.rule for found in screened.findings] == ["policy"]


def test_where_everybody_waits_the_trust_is_noted_without_effect() -> None:
    found, by_policy = screen(TRUSTED, a_policy(Moderate.all)).findings
    assert (found.rule, found.verdict, found.counted) == ("trusted_person", Verdict.approve, False)
    assert (by_policy.rule, by_policy.verdict, by_policy.counted) == ("policy", Verdict.hold, True)


def test_a_rule_is_stronger_than_trust() -> None:
    links = tuple(f"https://{number}.example/" for number in range(5))
    assert screen(a_case(trusted=True, links=links), Policy()).verdict is Verdict.hold


def test_nobody_is_approved_where_a_ban_is_in_force() -> None:
    case = a_case(trusted=True, is_moderator=True, banned=True, banned_why="Its writer is banned.")
    for moderate in Moderate:
        assert screen(case, a_policy(moderate)).verdict is Verdict.spam


@pytest.mark.parametrize("moderate", list(Moderate))
def test_while_everything_is_held_only_moderators_pass(moderate: Moderate) -> None:
    policy = Policy(moderate=moderate, hold_everything=True)
    trusted = a_case(trusted=True, approved_before=9)
    assert screen(trusted, policy).verdict is Verdict.hold
    assert screen(trusted, policy).sentence == "Everything is held at the moment."
    assert screen(a_case(is_moderator=True), policy).verdict is Verdict.approve
    assert screen(a_case(banned=True, banned_why="Banned."), policy).verdict is Verdict.spam
