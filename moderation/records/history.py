"""What the screening noticed, and what was decided: only ever added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import choice, identifier
from moderation.records.comment import Status
from moderation.records.record import Record


class Verdict(StrEnum):
    """What findings lead to; the later in this list, the stronger."""

    approve = "approve"
    hold = "hold"
    spam = "spam"


class Finding(Record):
    """What one screening rule noticed about one version of a comment, in a sentence the author can read.

    ``counted`` is false for a rule that only logs; ``needed`` says what would have let the text pass.
    """

    __tablename__ = "finding"
    __table_args__ = (Index(None, "comment_id", "number"),)

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    number: Mapped[int]
    rule: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict))
    sentence: Mapped[str] = mapped_column(Text)
    needed: Mapped[str | None] = mapped_column(Text)
    counted: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class DecidedBy(StrEnum):
    """Who may change a comment's status."""

    moderator = "moderator"
    screening = "screening"
    writer = "writer"
    importer = "import"


class Decision(Record):
    """A change of a comment's status: by whom, why, when. Never holds a commenter's text.

    ``undoes_id`` names the decision that this one takes back; ``shown_before`` is the text readers saw before it, so
    that it can be. ``action_id`` is the action it came of; none where the decision is all there was.
    ``told`` holds where the reason is meant for the writer.
    """

    __tablename__ = "decision"
    __table_args__ = (Index(None, "comment_id", "created_at"), Index(None, "site_id", "created_at"))

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id"))
    before: Mapped[Status] = mapped_column(choice(Status))
    after: Mapped[Status] = mapped_column(choice(Status))
    shown_before: Mapped[int | None]
    shown_after: Mapped[int | None]
    version: Mapped[int]
    by: Mapped[DecidedBy] = mapped_column(choice(DecidedBy))
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    told: Mapped[bool] = mapped_column(default=False, server_default=false())
    undoes_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    # Not a foreign key: to add one, SQLite copies the table, and deletes the old one under those who refer to it.
    action_id: Mapped[str | None] = mapped_column(identifier(), index=True)
    created_at: Mapped[datetime]
