"""Links that work for one purpose, for one thing, and for a limited time: what a mail carries."""

from datetime import UTC, datetime

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.tokens import Keys

_BROKEN = "This link is not complete. Please copy all of it from the mail."
_EXPIRED = "This link has expired."


def write_ticket(keys: Keys, purpose: str, subject: str, expires_at: datetime) -> str:
    """Return URL-safe text that stands for a subject until a moment, for one purpose only.

    Args:
        subject: an identifier without dots.
    """
    signed = f"{subject}.{int(expires_at.timestamp())}"
    return f"{signed}.{keys.sign(f'ticket/{purpose}', signed)}"


def read_ticket(keys: Keys, purpose: str, ticket: str, now: datetime) -> str:
    """Return the subject of a ticket.

    Args:
        ticket: text from a stranger.

    Raises:
        Missing: when it was not made by us for this purpose.
        Refused: when it is too old.
    """
    signed, _, signature = ticket.rpartition(".")
    subject, _, expires = signed.rpartition(".")
    if not subject or not ticket.isascii() or not keys.check(f"ticket/{purpose}", signed, signature):
        raise Missing(_BROKEN)
    if now >= datetime.fromtimestamp(int(expires), UTC):
        raise Refused(_EXPIRED)
    return subject
