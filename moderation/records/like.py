"""Likes: who likes a comment, who likes a page."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class CommentLike(Record):
    """A person likes a comment."""

    __tablename__ = "comment_like"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime]


class PageLike(Record):
    """A person likes a page. ``known`` holds while a comment of the person's is approved on the site: only then do
    readers see the name.
    """

    __tablename__ = "page_like"
    __table_args__ = (Index(None, "page_id", "known", "created_at"),)

    page_id: Mapped[str] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    known: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
