"""Bans a person or an address, and deals with what they wrote; the worker goes on where that is a lot."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from moderation.foundation.tokens import new_id
from moderation.notifying import announce
from moderation.records import Action, Batch, Moderator, Status
from moderation.review.act import act
from moderation.review.bans import NEW
from moderation.review.sweep import AT_ONCE, count_left, sweep


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
) -> Batch | None:
    """Give a first turn of what the banned ones wrote a status; return the batch of what is left.

    Args:
        wait: how long a decision may be taken back before anybody is told of it.
    """
    turn = sweep(db, action, status, now=now, limit=at_once)
    for decision in turn.decisions:
        announce.decided(db, decision=decision, now=now, wait=wait)
    if turn.next is None:
        return None
    batch = Batch(
        id=new_id("x", now),
        moderator_id=moderator.id,
        status=status,
        wanted={"banned": action.id},
        place={"after": turn.next},
        actions={action.site_id: action.id},
        total=len(turn.decisions) + count_left(db, action, status, after=turn.next),
        decided=len(turn.decisions),
        created_at=now,
    )
    db.add(batch)
    db.flush()
    return batch
