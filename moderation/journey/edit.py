"""Takes a changed text in from a comment's writer."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.intake.edit import edit as add_edit
from moderation.intake.submit import Text
from moderation.journey.received import Received, received, version_of
from moderation.journey.screen import check_length, look_again
from moderation.notifying import announce
from moderation.records import Site
from moderation.review.decide import locked


def edit(db: Session, comment_id: str, text: Text, *, now: datetime) -> Received:
    """Take a changed text in from a comment's writer, who is known to be the writer; it is screened again.

    Raises:
        Missing, Conflict, NotAllowed, Refused: when it is not there, is decided, too late, or cannot be taken.
    """
    comment = locked(db, comment_id)
    site = db.get_one(Site, comment.site_id)
    check_length(text, site)
    add_edit(db, comment, text, policy=site.policy, now=now)
    version = version_of(db, comment, comment.latest)
    status = look_again(db, site, comment, version, text, now)
    announce.edited(db, comment=comment, site=site, now=now)
    return received(db, comment, version, status)
