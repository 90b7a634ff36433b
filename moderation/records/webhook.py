"""A webhook: an address of the owner's own programs that is told what happens to a site's comments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.foundation.columns import choice, identifier
from moderation.records.record import Record


class Happening(StrEnum):
    """What a webhook can be told of."""

    waiting = "comment.waiting"
    decided = "comment.decided"
    edited = "comment.edited"
    withdrawn = "comment.withdrawn"
    reported = "comment.reported"


class OffBecause(StrEnum):
    """Why a webhook was switched off by itself."""

    gone = "gone"
    failing = "failing"


class Webhook(Record):
    """An address that is told of some happenings on a site.

    ``secret`` signs what is sent, sealed with the installation's key; ``former_secret`` signs too until
    ``former_until``, so that a new one can be put in place at leisure.

    ``enabled`` is the owner's; ``off_because`` says why the worker switched it off. ``failing_since`` is the first of
    the tries that failed in a row, ``failures`` how many, ``failed_at`` and ``problem`` the last of them; nothing is
    sent before ``next_at``. ``worked_at`` is when it last took something. ``busy_until`` is the worker's that sends to
    it now: one at a time.
    """

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2048))
    happenings: Mapped[list[str]] = mapped_column(JSON, default=list)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    off_because: Mapped[OffBecause | None] = mapped_column(choice(OffBecause))
    off_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(500))
    next_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def host(self) -> str:
        """The host it is at; the rest of an address may be a secret of its own."""
        return host_of(self.url)


def host_of(url: str) -> str:
    """Return host and port of a web address in its plain form."""
    return url.split("/")[2]
