"""Takes a comment back for its writer."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.notifying import announce
from moderation.records import DecidedBy, Status
from moderation.records.search import drop
from moderation.review.decide import decide, locked


def withdraw(db: Session, comment_id: str, *, now: datetime) -> None:
    """Take a comment back for its writer, who is known to be the writer; twice is once.

    Raises:
        Missing: no such comment.
    """
    if locked(db, comment_id).status is not Status.withdrawn:
        decision = decide(db, comment_id, Status.withdrawn, by=DecidedBy.writer, now=now)
        announce.decided(db, decision=decision, now=now, wait=timedelta())
        drop(db, (comment_id,))
