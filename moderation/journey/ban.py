"""Bans a person or an address, and deals with what they wrote; the worker goes on where that is a lot."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from moderation.foundation.tokens import new_id
from moderation.journey.decide_many import go_on
from moderation.records import Action, Batch, Moderator, Status
from moderation.review.act import act
from moderation.review.bans import NEW
from moderation.review.sweep import AT_ONCE, count_left


def ban(
    db: Session,
    kind: Literal["ban", "ban_address"],
    subject_id: str,
    *,
    moderator: Moderator,
    lasts: timedelta | None,
    reason: str = "",
    now: datetime,
) -> Action:
    """Ban a person, or the address that a comment came from.

    Args:
        lasts: None for good.

    Raises:
        Missing, Refused: there is none on a site of this moderator's, or nothing to ban.
    """
    until = (now + lasts).replace(microsecond=0).isoformat() if lasts is not None else None
    wanted = {"ban": NEW, "until": until}
    return act(db, kind, moderator=moderator, subject_id=subject_id, wanted=wanted, reason=reason, now=now)


def ban_comments(
    db: Session,
    action: Action,
    status: Status,
    *,
    moderator: Moderator,
    now: datetime,
    wait: timedelta = timedelta(),
    at_once: int = AT_ONCE,
) -> Batch:
    """Give a first turn of what the banned ones wrote a status; return the batch, which the worker goes on with.

    Args:
        wait: how long a decision may be taken back before anybody is told of it.
    """
    batch = Batch(
        id=new_id("x", now),
        moderator_id=moderator.id,
        status=status,
        wanted={"banned": action.id},
        place={"after": ""},
        actions={action.site_id: action.id},
        total=count_left(db, action, status),
        created_at=now,
    )
    db.add(batch)
    db.flush()
    return go_on(db, batch.id, now=now, wait=wait, at_once=at_once)
