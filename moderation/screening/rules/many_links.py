"""Holds what links to many other places; most of it is advertising."""

from typing import Annotated

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.rule import Case, Noticed, Rule


class ManyLinks(Options, frozen=True, kw_only=True):
    """From how many on."""

    hold_above: Annotated[
        int, Meta(ge=0, le=1000, description="A comment with links to more hosts than this waits.")
    ] = 2
    spam_above: Annotated[
        int, Meta(ge=0, le=1000, description="A comment with links to more hosts than this is spam.")
    ] = 10


def _check(case: Case, options: ManyLinks) -> Noticed | None:
    count = len(case.foreign_hosts)
    for verdict, limit in ((Verdict.spam, options.spam_above), (Verdict.hold, options.hold_above)):
        if count > limit:
            most = min(options.hold_above, options.spam_above)
            return Noticed(
                verdict=verdict,
                sentence=f"It links to {_hosts(count)}, more than {limit:,}.",
                needed=f"It would have passed this rule with links to {_at_most(most)}.",
            )
    return None


def _at_most(count: int) -> str:
    return f"at most {_hosts(count)}" if count else "no other site"


def _hosts(count: int) -> str:
    return "1 other site" if count == 1 else f"{count:,} other sites"


many_links = Rule(name="many_links", asks="Does it have many links?", options=ManyLinks, check=_check)
