"""Edits a comment for a moderator: a new text, marked as a moderator's; what its writer wrote is kept."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.intake.submit import Text, add_version, next_number
from moderation.notifying import announce
from moderation.records import Action, DecidedBy, Moderator, Status
from moderation.review.act import act
from moderation.review.decide import decide, locked


def amend(
    db: Session,
    comment_id: str,
    text: Text,
    *,
    moderator: Moderator,
    seen: int,
    reason: str = "",
    now: datetime,
    wait: timedelta = timedelta(),
) -> Action:
    """Let another text stand; of an approved comment readers see it at once, another stays where it is.

    Args:
        wait: how long it may be taken back before anybody is told.

    Raises:
        Missing: there is no such comment on a site of this moderator's.
        Conflict: decided or changed since it was seen, withdrawn, or the text is the same.
    """
    comment = locked(db, comment_id)
    if comment.version != seen:
        raise Conflict("This comment has changed since you looked at it.", code="changed")
    if comment.status is Status.withdrawn:
        raise Conflict("The writer has withdrawn this comment.", code="closed")
    number = next_number(db, comment)
    done = act(db, "edit", moderator=moderator, subject_id=comment_id, wanted={"text": number}, reason=reason, now=now)
    add_version(db, comment, text, now=now, number=number, moderator_id=moderator.id)
    if comment.status is Status.approved:
        values: dict[str, Any] = {
            "by": DecidedBy.moderator,
            "moderator_id": moderator.id,
            "action_id": done.id,
            "now": now,
        }
        decision = decide(db, comment_id, Status.approved, **values)
        announce.decided(db, decision=decision, now=now, wait=wait)
    announce.amended(db, comment=comment, now=now, wait=wait)
    return done
