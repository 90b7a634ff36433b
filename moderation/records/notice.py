"""A notice: a message that must reach somebody, written with the decision and delivered later."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import few, identifier
from moderation.records.record import Record


class Notice(Record):
    """A row of the outbox. It names what it is about and never carries a text: the state is read again when it is sent.

    ``key`` makes writing it twice harmless. ``lease`` and ``leased_until`` are the worker's that sends it now. At the
    end stands one of ``sent_at``, ``dropped_at`` (no longer wanted) or ``dead_at`` (given up; the author sees it).
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_due", "finished", "due_at"),
        # So that what waits for one of them is no burden to those who look for another.
        few("ix_notice_channel", "channel", "due_at", "id", where="finished is false"),
        few("ix_notice_webhook", "webhook_id", "due_at", "id", where="finished is false"),
    )

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    comment_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    # Not a foreign key, for the reason of decision.action_id.
    webhook_id: Mapped[str | None] = mapped_column(identifier())
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    finished: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(String(50))
    leased_until: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(500))
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
