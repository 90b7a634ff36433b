"""A simulation: decided comments, screened again with settings that are only tried."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import identifier
from moderation.records.record import Record


class Simulation(Record):
    """One rule of a site as it could be, and what would have become of former comments.

    ``before`` and ``after`` are the site's policy as it is and as it would be; ``wanted`` is how many of the newest
    decided comments are looked at, of which ``done`` are; the next one stands before ``next_at`` and ``next_id``.
    ``changed`` counts what would differ, and names the newest ones' ids; it holds nothing that anybody wrote.
    """

    __tablename__ = "simulation"
    __table_args__ = (Index("ix_simulation_open", "finished_at", "created_at"),)

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(60))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    wanted: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_at: Mapped[datetime | None]
    next_id: Mapped[str | None] = mapped_column(identifier())
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
