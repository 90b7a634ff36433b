"""A screening rule: a question about a comment, asked of facts that were gathered beforehand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from moderation.foundation.options import Options
from moderation.records import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody whom readers know by name on this site: a moderator, or a person who signed in."""

    name: str
    email: str | None
    is_moderator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a rule may know about one text of a comment.

    Args:
        body: Markdown from a stranger.
        text: the words of it, as readers would see them.
        links: absolute addresses in it.
        site_origins: where the site is embedded, such as ``https://blog.example``.
        is_guest: nobody vouches for the person's name.
        email_verified: the person has shown that the address is theirs.
        trusted: the author trusts this person.
        banned_why: a sentence, empty unless banned.
        approved_before: this person's comments that are approved now; likewise rejected and spam.
        repeats_by_writer: comments of the same words on this site within 24 hours, by the same person or guest.
        repeats_by_others: the same by anybody else.
        known: moderators of the site, and signed-in persons whom readers of the page see, or who have the same e-mail.
        submitted_at: when this text was sent.
    """

    body: str
    text: str
    links: tuple[str, ...]
    site_origins: tuple[str, ...]
    page_key: str
    page_title: str | None
    person_id: str
    name: str
    email: str | None
    email_verified: bool
    url: str | None
    provider: str
    is_guest: bool
    is_moderator: bool
    trusted: bool
    banned: bool
    banned_why: str
    approved_before: int
    rejected_before: int
    spam_before: int
    first_seen_at: datetime
    repeats_by_writer: int
    repeats_by_others: int
    known: tuple[Known, ...]
    submitted_at: datetime
    now: datetime

    @property
    def foreign_hosts(self) -> tuple[str, ...]:
        """The different hosts that its links lead to, but for the site's own."""
        own = {_host(origin) for origin in self.site_origins}
        return tuple(dict.fromkeys(host for link in self.links if (host := _host(link)) and host not in own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What a rule makes of a comment, and why.

    Args:
        sentence: for the author; holds nothing of the comment's text, since decisions are kept when it is erased.
        needed: what the comment would have needed to pass this rule, in a sentence that names the bar; likewise
            without anything of the text. Empty only where the rule approves.
    """

    verdict: Verdict
    sentence: str
    needed: str = ""


Chosen = TypeVar("Chosen", bound=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Chosen]):
    """One screening rule.

    Args:
        name: the name of its file.
        asks: its question, in the owner's words, such as “Does it have many links?”.
        options: what the owner may set, each with a default.
        from_site: options that, where they are not set for the rule, are as the site's option of the same name.
        check: tells what it noticed, None for nothing; pure, and quick on 8,192 characters of anything.
    """

    name: str
    asks: str
    options: type[Chosen]
    check: Callable[[Case, Chosen], Noticed | None]
    from_site: tuple[str, ...] = ()


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        # No browser reads it either, but it was meant to lead somewhere.
        host = address
    return (host or "").rstrip(".").removeprefix("www.")
