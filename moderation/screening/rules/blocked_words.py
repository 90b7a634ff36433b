"""Holds, or takes for spam, what has a word on the owner's lists."""

from typing import Annotated

from msgspec import Meta

from moderation.foundation.options import Options
from moderation.records import Verdict
from moderation.screening.blocklist import blocklist
from moderation.screening.reading import read
from moderation.screening.rule import Case, Noticed, Rule

Entry = Annotated[str, Meta(min_length=1, max_length=100)]


class BlockedWords(Options, frozen=True, kw_only=True):
    """The owner's lists."""

    hold: Annotated[
        tuple[Entry, ...],
        Meta(
            max_length=10_000,
            description="Words and phrases that make a comment wait. Only whole words count; with an asterisk at its "
            "begin or end (viagra*), a word may go on there.",
        ),
    ] = ()
    spam: Annotated[
        tuple[Entry, ...], Meta(max_length=10_000, description="Words and phrases that make a comment spam.")
    ] = ()
    everywhere: Annotated[
        bool, Meta(description="Look at the writer's name, e-mail and website and at the hosts of links, too.")
    ] = True

    def __post_init__(self) -> None:
        self.put("hold", _with_words)
        self.put("spam", _with_words)


def _with_words(entries: tuple[str, ...]) -> tuple[str, ...]:
    # Lists are long, and read for every comment; so the quick question comes first.
    if any(entry[0] == "*" and not entry.strip("* ") for entry in entries):
        raise ValueError("an asterisk needs a word beside it")
    return entries


def _check(case: Case, options: BlockedWords) -> Noticed | None:
    if not (options.hold or options.spam):
        return None
    places = [("its text", read(case.text))]
    if options.everywhere:
        about = (case.name, case.email, case.url, *case.foreign_hosts)
        # An empty line between them, so that no phrase goes across.
        places.append(("its writer's name, its addresses or links", read("\n\n".join(filter(None, about)))))
    for verdict, entries in ((Verdict.spam, options.spam), (Verdict.hold, options.hold)):
        blocked = blocklist(entries)
        for place, reading in places:
            entry = blocked.find(reading)
            if entry is not None:
                return Noticed(
                    verdict=verdict,
                    sentence=f"The blocked word “{entry}” stands in {place}.",
                    needed="It would have passed this rule without that word, or with the word off your list.",
                )
    return None


blocked_words = Rule(
    name="blocked_words",
    asks="Does it have a word that you blocked?",
    options=BlockedWords,
    check=_check,
)
