"""Bans a person or an address, and deals with what they wrote."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from moderation.notifying import announce
from moderation.records import Action, Moderator, Status
from moderation.review.act import act
from moderation.review.bans import NEW
from moderation.review.sweep import sweep


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


def ban_comments(db: Session, action: Action, status: Status, *, now: datetime, wait: timedelta = timedelta()) -> bool:
    """Give a turn of what the banned ones wrote a status; tell whether there is more."""
    decisions, more = sweep(db, action, status, now=now)
    for decision in decisions:
        announce.decided(db, decision=decision, now=now, wait=wait)
    return more
