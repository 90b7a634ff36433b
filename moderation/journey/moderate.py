"""Decides on a comment for a moderator."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.journey.outcome import Outcome, announced
from moderation.records import Comment, DecidedBy, Moderator, Status
from moderation.review.decide import decide


def moderate(
    db: Session,
    *,
    moderator: Moderator,
    comment_id: str,
    status: Status,
    seen: int | None = None,
    reason: str = "",
    told: bool = False,
    now: datetime,
    wait: timedelta = timedelta(),
) -> Outcome:
    """Decide on a comment for a moderator; what stands in the way is told, not raised.

    Args:
        seen: the version the moderator looked at.
        told: the reason is for the writer, who gets it by mail too where that is welcome.
        wait: how long the decision may be taken back before anybody is told of it.
    """
    comment = db.get(Comment, comment_id)
    if comment is None or moderator.role_on(comment.site_id) is None:
        return Outcome(
            comment_id=comment_id,
            status=None,
            decision_id=None,
            problem="missing",
            sentence="There is no such comment.",
        )
    try:
        decision = decide(
            db,
            comment_id,
            status,
            by=DecidedBy.moderator,
            now=now,
            moderator_id=moderator.id,
            reason=reason,
            told=told,
            seen=seen,
        )
    except Conflict as conflict:
        problem = "not_allowed" if conflict.code == "closed" else conflict.code
        return Outcome(
            comment_id=comment_id,
            status=comment.status,
            decision_id=None,
            problem=problem,
            sentence=conflict.message,
        )
    return announced(db, decision, now, wait)
