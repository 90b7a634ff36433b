"""A submission: which comment an idempotency key stands for."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Submission(Record):
    """An idempotency key within its scope, with a hash of what was sent; kept 24 hours."""

    __tablename__ = "submission"

    scope: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[bytes] = mapped_column(LargeBinary(32))
    # Checked at the end of the transaction: the key is taken before the comment is written.
    comment_id: Mapped[str] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), index=True
    )
    status: Mapped[str] = mapped_column(String(24), default="waiting")
    created_at: Mapped[datetime] = mapped_column(index=True)
