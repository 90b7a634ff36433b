"""Shows an owner that mail arrives."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Moderator, Notice


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    moderator = db.get(Moderator, notice.moderator_id) if notice.moderator_id else None
    if moderator is None:
        return None
    text, html = render("test_mail", name=moderator.name, link=f"{sender.public_url}/dashboard/doctor")
    return Letter(
        id=notice.id,
        name=moderator.name,
        address=moderator.email,
        subject="Mail arrives",
        text=text,
        html=html,
        sent_at=now,
    )


kind = Kind(name="test_mail", write=_write)
