"""Approves what comes from somebody whom the author trusts."""

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


def _check(case: Case, _options: Options) -> Noticed | None:
    if case.is_moderator:
        return Noticed(verdict=Verdict.approve, sentence="Its writer is a moderator of this blog.")
    if case.trusted:
        return Noticed(verdict=Verdict.approve, sentence="Its writer is trusted on this blog.")
    return None


trusted_person = Rule(
    name="trusted_person",
    asks="Is it by a moderator, or by somebody whom you trust?",
    options=Options,
    check=_check,
)
