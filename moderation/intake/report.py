"""Takes a reader's report about a comment: it stays where it is, and a moderator is asked to look."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import new_id
from moderation.records import Comment, Report, Status

# For whoever comes from nowhere, such as through a local socket.
_NOWHERE = bytes(32)


def report(
    db: Session,
    comment_id: str,
    *,
    site_id: str,
    person_id: str | None,
    address_hash: bytes | None,
    reason: str,
    now: datetime,
) -> bool:
    """Store a report, once for each comment and person, or address where nobody is signed in; tell whether it is new.

    Raises:
        Missing: no such comment on the site, or readers do not see it.
    """
    # Locked, so that no decision comes in between, which would settle a report that is not there yet.
    query = select(Comment).where(Comment.id == comment_id, Comment.site_id == site_id).with_for_update()
    comment = db.scalar(query)
    if comment is None or comment.status is not Status.approved:
        raise Missing("There is no such comment.")
    is_new = insert_missing(
        db,
        Report,
        id=new_id("r", now),
        comment_id=comment.id,
        person_id=person_id,
        address_hash=None if person_id else address_hash or _NOWHERE,
        reason=reason,
        created_at=now,
    )
    if is_new:
        db.execute(update(Comment).where(Comment.id == comment.id).values(reported=Comment.reported + 1))
    return is_new
