"""Forgets notices a month after they reached their end, and drops what is for a webhook that is not there any more."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.prune import prune
from moderation.records import Notice, Webhook

_KEPT: Final = timedelta(days=30)


def purge(db: Session, *, now: datetime) -> int:
    """Delete some finished notices that are older than a month; return how many, 0 when none is left."""
    # Written while it was being removed.
    lost = Notice.webhook_id.is_not(None), Notice.webhook_id.not_in(select(Webhook.id)), Notice.finished.is_(False)
    db.execute(update(Notice).where(*lost).values(finished=True, dropped_at=now))
    return prune(db, Notice, Notice.finished.is_(True), Notice.due_at < now - _KEPT)
