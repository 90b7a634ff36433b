"""Tells a CDN which of the answers it keeps are not true any more."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender
from moderation.records import Notice


def _write(_db: Session, notice: Notice, _sender: Sender, now: datetime) -> Letter | None:
    tags = " ".join(notice.details["tags"])
    return Letter(id=notice.id, name="", address="", subject="", text=tags, html="", sent_at=now)


kind = Kind(name="changed", write=_write)
