"""Takes for spam what comes from a banned person or address."""

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


def _check(case: Case, _options: Options) -> Noticed | None:
    return Noticed(verdict=Verdict.spam, sentence=case.banned_why) if case.banned else None


banned_person = Rule(
    name="banned_person",
    asks="Is its writer, or the address it comes from, banned?",
    options=Options,
    check=_check,
)
