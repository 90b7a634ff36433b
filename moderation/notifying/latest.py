"""What became of the newest test mail."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.records import Notice


def latest_test_mail(db: Session, moderator_id: str) -> Notice | None:
    """Return the newest test mail to a moderator, None if there was none lately."""
    mine = select(Notice).where(Notice.kind == "test_mail", Notice.moderator_id == moderator_id)
    return db.scalar(mine.order_by(Notice.created_at.desc()).limit(1))
