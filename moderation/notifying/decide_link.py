"""The link in a mail by which a moderator decides about one comment without signing in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from moderation.foundation.errors import Missing
from moderation.foundation.tickets import read_ticket, write_ticket
from moderation.foundation.tokens import Keys

VALID: Final = timedelta(days=7)
_BROKEN: Final = "This link is not complete. Please copy all of it from the mail."


class Act(StrEnum):
    """The one thing that a link is good for."""

    approve = "approve"
    reject = "reject"
    spam = "spam"
    answer = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a link stands for. It is good once: every decision and every edit takes the comment past ``seen``."""

    act: Act
    comment_id: str
    seen: int
    moderator_id: str


def write_link(keys: Keys, wish: Wish, *, public_url: str, now: datetime) -> str:
    """Return the address of the page that asks, and then does it; it works for a week."""
    subject = f"{wish.act.value}~{wish.comment_id}~{wish.seen}~{wish.moderator_id}"
    return f"{public_url}/decide/{write_ticket(keys, 'decide', subject, now + VALID)}"


def read_link(keys: Keys, ticket: str, now: datetime) -> Wish:
    """Return what a link's ticket, from a stranger, stands for.

    Raises:
        Missing: it was not made by us for this purpose.
        Refused: it is too old.
    """
    match read_ticket(keys, "decide", ticket, now).split("~"):
        case [act, comment_id, seen, moderator_id]:
            return Wish(act=Act(act), comment_id=comment_id, seen=int(seen), moderator_id=moderator_id)
    raise Missing(_BROKEN)
