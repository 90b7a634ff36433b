"""A subscription: who wants to hear of new comments on a page."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Subscription(Record):
    """A person's wish to be told by mail of new comments on a page; nothing is sent before it is confirmed."""

    __tablename__ = "subscription"

    page_id: Mapped[str] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
