"""What a moderator says to a comment's writer about the decision that stands."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.records import Comment, Decision, Status


def told_reason(db: Session, comment: Comment) -> str | None:
    """Return the reason of a rejection that is meant for the writer, None where there is none."""
    if comment.status is not Status.rejected:
        return None
    newest = select(Decision).where(Decision.comment_id == comment.id).order_by(Decision.version.desc()).limit(1)
    decision = db.scalars(newest).one()
    return decision.reason or None if decision.told else None
