"""Says how the outbox stands: what is due, what failed and is tried again, what was given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.notifying.deliver import lag
from moderation.records import Notice

_LATELY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Numbers of notices, and for how long the oldest due one has waited.

    Args:
        dead: those given up lately and not dropped since, by channel.
    """

    due: int
    later: int
    retrying: int
    dead: dict[str, int]
    lag: timedelta


def outbox(db: Session, *, now: datetime) -> Outbox:
    """Return how the outbox stands."""
    unfinished = select(func.count()).select_from(Notice).where(Notice.finished.is_(False))
    due = db.scalar(unfinished.where(Notice.due_at <= now)) or 0
    later = db.scalar(unfinished.where(Notice.due_at > now)) or 0
    retrying = db.scalar(unfinished.where(Notice.attempts > 0)) or 0
    dead = select(Notice.channel, func.count()).where(Notice.finished.is_(True), Notice.due_at > now - _LATELY)
    dead = dead.where(Notice.dead_at.is_not(None), Notice.dropped_at.is_(None)).group_by(Notice.channel)
    return Outbox(
        due=due,
        later=later,
        retrying=retrying,
        dead={row[0]: row[1] for row in db.execute(dead)},
        lag=lag(db, now=now),
    )
