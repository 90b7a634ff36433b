"""A report: a reader says that something is wrong with a comment."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import identifier
from moderation.records.record import Record


class Report(Record):
    """What a reader reported about a comment, once: a person who is signed in, or somebody at an address.

    ``decision_id`` is the decision that settled it, None while it is open. The keyed hash of the address is forgotten
    like a comment's.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("comment_id", "person_id"), UniqueConstraint("comment_id", "address_hash"))

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(String(500), default="")
    decision_id: Mapped[str | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
