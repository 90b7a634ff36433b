"""Takes a reader's report about a comment, and tells who is to know."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.intake.report import report as take_in
from moderation.notifying import announce
from moderation.records import Comment


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
    """Take a report, once for each comment and reader; tell whether the worker is to be woken.

    Raises:
        Missing: no such comment on the site, or readers do not see it.
    """
    if take_in(db, comment_id, site_id=site_id, person_id=person_id, address_hash=address_hash, reason=reason, now=now):
        announce.reported(db, comment=db.get_one(Comment, comment_id), now=now)
    return announce.has_written(db)
