"""Takes a decision back for a moderator."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.journey.outcome import Outcome, announced
from moderation.records import Moderator
from moderation.review.undo import undo as take_back


def undo(db: Session, *, moderator: Moderator, decision_id: str, now: datetime) -> Outcome:
    """Take a decision back for a moderator.

    Raises:
        Missing: no such decision on a site of this moderator's.
        Conflict: decided again since.
    """
    return announced(db, take_back(db, decision_id, moderator=moderator, now=now), now, timedelta())
