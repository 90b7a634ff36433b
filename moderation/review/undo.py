"""Takes a moderator's decision back, by a decision."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.records import Decision, Moderator
from moderation.review.decide import take_back


def undo(db: Session, decision_id: str, *, moderator: Moderator, now: datetime) -> Decision:
    """Undo a decision, without deadline, unless the comment was decided again since.

    Raises:
        Missing: no such decision on a site of this moderator's.
        Conflict: decided since, or withdrawn by its writer.
    """
    decision = db.get(Decision, decision_id)
    if decision is None or moderator.role_on(decision.site_id) is None:
        raise Missing("There is no such decision.")
    return take_back(db, decision, now=now, moderator_id=moderator.id)
