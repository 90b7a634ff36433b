"""What moderators write for themselves: notes, and replies to use again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import identifier
from moderation.records.record import Record


class Note(Record):
    """A note on a person, or on one of the person's comments; for moderators only, and erased with the person.

    One that was removed is shown nowhere, and stays so that the removal can be taken back.
    """

    __tablename__ = "note"
    __table_args__ = (Index(None, "person_id", "created_at"), Index(None, "comment_id"))

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    comment_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class SavedReply(Record):
    """Words that a site's moderators use again: as a reason, or as the beginning of an answer."""

    __tablename__ = "saved_reply"
    __table_args__ = (Index(None, "site_id", "title"),)

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
