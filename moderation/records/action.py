"""An action: what a moderator did in one go; only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import identifier
from moderation.records.record import Record


class Action(Record):
    """What a moderator did in one go on a site, beside or above single decisions: a ban, a rule changed, a selection.

    ``kind`` names a file of ``review/actions``; ``subject_id`` is the comment, person, page or site it was done to.
    ``before`` and ``after`` are what changed, as small JSON that never holds a commenter's text. Decisions that came
    of it carry its id. ``undoes_id`` names the action that this one takes back.
    """

    __tablename__ = "action"
    __table_args__ = (Index(None, "site_id", "created_at"), Index(None, "subject_id", "created_at"))

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(identifier())
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    undoes_id: Mapped[str | None] = mapped_column(ForeignKey("action.id"), unique=True)
    created_at: Mapped[datetime]
