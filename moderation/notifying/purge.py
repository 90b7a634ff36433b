"""Forgets notices a month after they reached their end."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from moderation.foundation.prune import prune
from moderation.records import Notice

_KEPT: Final = timedelta(days=30)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some finished notices that are older than a month; return how many, 0 when none is left."""
    return prune(db, Notice, Notice.finished.is_(True), Notice.due_at < now - _KEPT)
