"""A comment, and its versions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import choice, few, identifier
from moderation.records.page import Page
from moderation.records.person import Person
from moderation.records.record import Record


class Status(StrEnum):
    """Where a comment stands; readers see approved ones only."""

    waiting = "waiting"
    approved = "approved"
    rejected = "rejected"
    spam = "spam"
    withdrawn = "withdrawn"


class Comment(Record):
    """What a person said on a page, perhaps in answer to another comment.

    ``version`` counts every edit and every decision, so that a moderator can name what was seen. ``latest`` is the
    number of the text that stands (the newest, unless a moderator took an edit back), ``shown`` the one readers see;
    they differ while an edit waits. ``awaits`` holds while there is something to decide: a waiting comment, or an
    approved one's edit.
    ``root_id`` is the top-level comment above (itself at depth 0).
    ``visible`` holds for approved comments and for those with visible answers, which keep their place; ``answers``
    counts the visible ones directly below, ``below`` (of a root) all of them. ``reported`` counts open reports.

    What moderators filter by stands here too: the person's ``provider`` (None until it was looked up), whether the
    newest text has ``links``, its ``language`` where one can tell, and in ``held_by`` the rules that spoke against it,
    each between two blanks.
    """

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_thread", "page_id", "visible", "depth", "created_at", "id"),
        Index("ix_comment_best", "page_id", "visible", "depth", "likes", "created_at", "id"),
        Index("ix_comment_answers", "root_id", "visible", "created_at", "id"),
        Index("ix_comment_queue", "site_id", "status", "created_at", "id"),
        Index("ix_comment_awaits", "site_id", "awaits", "created_at", "id"),
        Index("ix_comment_person", "person_id", "status", "created_at"),
        Index("ix_comment_recent", "status", "created_at"),
        Index("ix_comment_reported", "site_id", "reported"),
        Index("ix_comment_page", "page_id", "status", "created_at", "id"),
        Index("ix_comment_provider", "site_id", "provider", "status", "created_at", "id"),
        Index("ix_comment_language", "site_id", "language", "status", "created_at", "id"),
        few("ix_comment_pinned", "page_id", "visible", "depth", "created_at", "id", where="pinned IS true"),
        few("ix_comment_links", "site_id", "status", "created_at", "id", where="links IS true"),
        few("ix_comment_held", "site_id", "status", "created_at", "id", "held_by", where="held_by != ''"),
        few("ix_comment_reports", "site_id", "created_at", "id", where="reported != 0"),
        few(
            "ix_comment_edits", "site_id", "status", "created_at", "id", where="awaits IS true AND status = 'approved'"
        ),
    )

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    page_id: Mapped[str] = mapped_column(ForeignKey("page.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("comment.id"), index=True)
    root_id: Mapped[str] = mapped_column(identifier())
    depth: Mapped[int] = mapped_column(default=0)
    status: Mapped[Status] = mapped_column(choice(Status), default=Status.waiting)
    version: Mapped[int] = mapped_column(default=1)
    latest: Mapped[int] = mapped_column(default=1)
    shown: Mapped[int | None]
    awaits: Mapped[bool] = mapped_column(default=True)
    visible: Mapped[bool] = mapped_column(default=False)
    answers: Mapped[int] = mapped_column(default=0)
    below: Mapped[int] = mapped_column(default=0)
    likes: Mapped[int] = mapped_column(default=0)
    reported: Mapped[int] = mapped_column(default=0)
    pinned: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[str | None] = mapped_column(String(40))
    links: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str | None] = mapped_column(String(8))
    held_by: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]

    page: Mapped[Page] = relationship()
    person: Mapped[Person] = relationship()
    versions: Mapped[list["Version"]] = relationship(order_by="Version.number", back_populates="comment")

    @property
    def edit_waits(self) -> bool:
        """Readers see this comment, and its writer has changed it since."""
        return self.awaits and self.status is Status.approved


class Version(Record):
    """One text of a comment: as it was typed (Markdown), and as it is shown.

    ``moderator_id`` is the moderator who wrote it instead of the comment's writer; readers are told that one did.
    """

    __tablename__ = "version"
    __table_args__ = (Index(None, "body_hash", "created_at"),)

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    # Not a foreign key, for the reason of decision.action_id.
    moderator_id: Mapped[str | None] = mapped_column(identifier())
    created_at: Mapped[datetime]

    comment: Mapped[Comment] = relationship(back_populates="versions")
