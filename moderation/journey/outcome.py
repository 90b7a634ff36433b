"""What became of a comment in a decision, as its moderator is told; those who wait for it are told of it later."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.notifying import announce
from moderation.records import Decision, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one comment in a decision.

    ``problem`` is None, ``already``, ``changed``, ``missing`` or ``not_allowed``; ``sentence`` says it in words.
    """

    comment_id: str
    status: Status | None
    decision_id: str | None
    problem: str | None = None
    sentence: str = ""


def announced(db: Session, decision: Decision, now: datetime, wait: timedelta) -> Outcome:
    """Announce a decision, after the time in which it may be taken back, and return what became of the comment."""
    announce.decided(db, decision=decision, now=now, wait=wait)
    return Outcome(comment_id=decision.comment_id, status=decision.after, decision_id=decision.id)
