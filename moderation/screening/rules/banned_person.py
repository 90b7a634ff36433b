"""Takes for spam what comes from a banned person or address."""

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


def _check(case: Case, _options: Options) -> Noticed | None:
    if not case.banned:
        return None
    needed = "What comes from there passes this rule once the ban is lifted."
    return Noticed(verdict=Verdict.spam, sentence=case.banned_why, needed=needed)


banned_person = Rule(
    name="banned_person",
    asks="Is its writer, or the address it comes from, banned?",
    options=Options,
    check=_check,
)
