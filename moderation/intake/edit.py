"""Takes a changed text from a comment's writer: a new version, which waits like the first one did."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, NotAllowed
from moderation.intake.submit import Text, add_version, next_number
from moderation.records import Comment, Policy, Status

_EDITABLE = frozenset({Status.waiting, Status.approved, Status.spam})


def edit(db: Session, comment: Comment, text: Text, *, policy: Policy, now: datetime, asked: bool = False) -> None:
    """Add a version to a comment; readers keep seeing the approved one.

    Args:
        comment: locked.
        asked: a moderator asked for it, so that no time limit holds.

    Raises:
        Conflict: when it was rejected or withdrawn.
        NotAllowed: when the time for edits is over.
    """
    if comment.status not in _EDITABLE:
        raise Conflict("This comment cannot be changed any more.", code="closed")
    if not asked and now > comment.created_at + timedelta(seconds=policy.edit_window):
        raise NotAllowed("The time to change this comment is over.")
    comment.latest = next_number(db, comment)
    comment.version += 1
    comment.awaits = comment.status in (Status.waiting, Status.approved)
    add_version(db, comment, text, now=now, number=comment.latest)
