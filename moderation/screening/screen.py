"""Lets every rule look at a comment, and draws the conclusion: the strongest finding wins."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moderation.foundation.catalogue import catalogue
from moderation.foundation.errors import Refused
from moderation.foundation.options import read_options
from moderation.records import Moderate, Policy, RuleSetting, RuleState, Verdict
from moderation.screening.rule import Case, Noticed, Rule

RULES: Final = "moderation.screening.rules"
# What the policy's own finding is called, where no rule had a say.
POLICY: Final = "policy"
# The longest reason that a decision can keep.
SENTENCE_CHARACTERS: Final = 500

_AS_USUAL: Final = RuleSetting()
_STRENGTH: Final = {verdict: strength for strength, verdict in enumerate(Verdict)}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one rule noticed; ``counted`` is false where it has no say."""

    rule: str
    verdict: Verdict
    sentence: str
    needed: str
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """All findings, the verdict they lead to, and the sentence of the finding that decided."""

    findings: tuple[Found, ...]
    verdict: Verdict
    sentence: str


_HELD: Final = Found(
    rule=POLICY,
    verdict=Verdict.hold,
    sentence="Everything is held at the moment.",
    needed="Comments pass again once “Hold everything now” is switched off.",
    counted=True,
)


def all_rules() -> dict[str, Rule[Any]]:
    """Return all screening rules by name."""
    return catalogue(RULES, Rule)


def screen(case: Case, policy: Policy, rules: Mapping[str, Rule[Any]] | None = None) -> Screened:
    """Return what the rules make of a comment; where none of them counts, the site's policy decides.

    A rule that fails, or whose stored options cannot be read, holds the comment. Where everybody's comments wait for a
    moderator (``moderate`` is ``all``), no rule can approve one: a trusted person's comment waits too.

    Args:
        rules: those that look; all that there are, unless others are given.
    """
    if rules is None:
        rules = all_rules()
    looks = (_look(rule, case, policy) for rule in rules.values())
    findings = [found for found in looks if found is not None]
    if policy.hold_everything and not case.is_moderator:
        findings.append(_HELD)
    counted = [found for found in findings if found.counted]
    if not counted:
        counted = [_by_policy(case, policy.moderate)]
        findings += counted
    strongest = max(counted, key=lambda found: _STRENGTH[found.verdict])
    return Screened(findings=tuple(findings), verdict=strongest.verdict, sentence=strongest.sentence)


def _look(rule: Rule[Any], case: Case, policy: Policy) -> Found | None:
    setting = policy.rules.get(rule.name, _AS_USUAL)
    if setting.state is RuleState.off:
        return None
    noticed = _ask(rule, case, {name: getattr(policy, name) for name in rule.from_site} | setting.options)
    if noticed is None:
        return None
    outvoted = noticed.verdict is Verdict.approve and policy.moderate is Moderate.all
    return Found(
        rule=rule.name,
        verdict=noticed.verdict,
        sentence=noticed.sentence[:SENTENCE_CHARACTERS],
        needed=noticed.needed[:SENTENCE_CHARACTERS],
        counted=setting.state is RuleState.on and not outvoted,
    )


def _ask(rule: Rule[Any], case: Case, stored: dict[str, Any]) -> Noticed | None:
    try:
        options = read_options(rule.options, stored)
    except Refused as problem:
        return _hold(f"It waits because the options of the rule “{rule.name}” cannot be read: {problem.message}")
    try:
        return _checked(rule.check(case, options))
    except Exception as error:
        # Not the error's own words: they may hold the comment's.
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("The screening rule %s failed with %s.\n%s", rule.name, type(error).__name__, where)
        return _hold(f"It waits because the rule “{rule.name}” failed ({type(error).__name__}).")


def _hold(sentence: str) -> Noticed:
    needed = "Every comment waits until this rule is put right, or switched off."
    return Noticed(verdict=Verdict.hold, sentence=sentence, needed=needed)


def _checked(noticed: object) -> Noticed | None:
    if noticed is not None and not isinstance(noticed, Noticed):
        raise TypeError("a rule returns what it noticed, or None")
    return noticed


def _by_policy(case: Case, moderate: Moderate) -> Found:
    verdict, sentence, needed = _policy(case, moderate)
    return Found(rule=POLICY, verdict=verdict, sentence=sentence, needed=needed, counted=True)


def _policy(case: Case, moderate: Moderate) -> tuple[Verdict, str, str]:
    match moderate:
        case Moderate.all if case.is_moderator:
            return Verdict.approve, "Every comment on this blog waits for a moderator; its writer is one.", ""
        case Moderate.all:
            return (
                Verdict.hold,
                "Every comment on this blog waits for a moderator.",
                "Only what moderators write passes without waiting.",
            )
        case Moderate.untrusted:
            return (
                Verdict.hold,
                "Every comment on this blog waits for a moderator unless its writer is trusted.",
                "It would have passed if you had said before that you trust its writer.",
            )
        case Moderate.first_timers if case.approved_before > 0:
            return Verdict.approve, "Its writer has an approved comment on this blog already.", ""
        case Moderate.first_timers:
            return (
                Verdict.hold,
                "A writer's first comment on this blog waits for a moderator.",
                "It would have passed if one comment of its writer's had been approved before.",
            )
        case Moderate.none:
            return Verdict.approve, "Comments on this blog wait for a moderator only when a rule holds them.", ""
