"""Gives all comments of who is banned a status, a turn at a time, as part of the action that banned them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.records import Action, Ban, Comment, DecidedBy, Decision, Status
from moderation.review.decide import decide

# So many are decided while one waits.
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A turn.

    Args:
        decisions: made in this turn.
        next: where the following turn begins, None at the end.
    """

    decisions: tuple[Decision, ...]
    next: str | None


def sweep(db: Session, action: Action, status: Status, *, now: datetime, after: str, limit: int) -> Swept:
    """Decide on a turn of the comments; what somebody decided since the ban stays.

    Args:
        after: the ``next`` of the turn before, empty at the beginning.
    """
    made = []
    left = select(Comment.id).where(*_left(db, action, status, after)).order_by(Comment.id)
    ids = db.scalars(left.limit(limit + 1)).all()
    for comment_id in ids[:limit]:
        try:
            decision = decide(
                db,
                comment_id,
                status,
                by=DecidedBy.moderator,
                moderator_id=action.moderator_id,
                reason=action.reason,
                action_id=action.id,
                now=now,
            )
        except Conflict:
            # Withdrawn or decided at this moment.
            continue
        made.append(decision)
    return Swept(decisions=tuple(made), next=ids[limit - 1] if len(ids) > limit else None)


def count_left(db: Session, action: Action, status: Status) -> int:
    """Return how many comments all turns together will find."""
    return db.scalar(select(func.count()).select_from(Comment).where(*_left(db, action, status, ""))) or 0


def _left(db: Session, action: Action, status: Status, after: str) -> tuple[ColumnElement[bool], ...]:
    ban = db.get(Ban, action.after["ban"])
    if ban is None:
        # Forgotten with the person, and what they wrote with it.
        return (false(),)
    whose = (
        Comment.person_id == ban.person_id if ban.person_id is not None else Comment.address_hash == ban.address_hash
    )
    since = select(Decision.id).where(Decision.comment_id == Comment.id, Decision.created_at > action.created_at)
    open_to_it = Comment.status.not_in([status, Status.withdrawn])
    return Comment.site_id == action.site_id, whose, open_to_it, Comment.id > after, ~since.exists()
