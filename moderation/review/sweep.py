"""Gives all comments of somebody a status, a turn at a time, as part of an action."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.records import Action, Ban, Comment, DecidedBy, Decision, Status
from moderation.review.decide import decide

AT_ONCE: Final = 200


def sweep(
    db: Session, action: Action, status: Status, *, now: datetime, limit: int = AT_ONCE
) -> tuple[tuple[Decision, ...], bool]:
    """Decide on a turn of the comments of whom a ban is of; return the decisions, and whether there are more."""
    left = select(Comment.id).where(Comment.site_id == action.site_id, *_whose(db, action))
    left = left.where(Comment.status.not_in([status, Status.withdrawn]))
    made = []
    ids = db.scalars(left.order_by(Comment.id).limit(limit + 1)).all()
    for comment_id in ids[:limit]:
        values: dict[str, Any] = {
            "by": DecidedBy.moderator,
            "moderator_id": action.moderator_id,
            "reason": action.reason,
            "now": now,
        }
        try:
            made.append(decide(db, comment_id, status, action_id=action.id, **values))
        except Conflict:
            # Withdrawn or decided at this moment.
            continue
    return tuple(made), len(ids) > limit


def _whose(db: Session, action: Action) -> tuple[ColumnElement[bool], ...]:
    ban = db.get_one(Ban, action.after["ban"])
    if ban.person_id is not None:
        return (Comment.person_id == ban.person_id,)
    return (Comment.address_hash == ban.address_hash,)
