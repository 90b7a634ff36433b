"""A batch: many comments that a moderator decides about in one go, a piece at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import choice, identifier
from moderation.records.comment import Status
from moderation.records.record import Record


class Batch(Record):
    """What is to be decided, and how far that has come; each site's decisions are one action.

    ``wanted`` is what a filter showed, or the comments that were chosen, each with the version that was seen, or the
    action that banned who wrote them. ``place`` is where the next piece begins. ``decided`` counts decisions,
    ``passed`` the comments that were left as they are because somebody was quicker. While it is taken back
    (``undoing_at``), ``undone`` and ``kept`` count the same.
    """

    __tablename__ = "batch"
    __table_args__ = (Index(None, "finished_at", "created_at"), Index(None, "moderator_id", "created_at"))

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    status: Mapped[Status] = mapped_column(choice(Status))
    wanted: Mapped[dict[str, Any]]
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    total: Mapped[int] = mapped_column(default=0)
    decided: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    undoing_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
