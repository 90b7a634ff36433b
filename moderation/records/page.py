"""A page: where comments stand."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import few, identifier
from moderation.records.policy import Policy
from moderation.records.record import Record
from moderation.records.site import Site


class Page(Record):
    """One commentable page of a site.

    ``title`` came from a stranger until a comment there was approved (``titled_at``); ``revision`` grows with every
    change that readers can see; ``approved`` counts what they see. ``told`` is the revision a CDN was last told of.
    """

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        few("ix_page_untold", "id", where="told IS DISTINCT FROM revision"),
    )

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    key: Mapped[str] = mapped_column(String(512))
    url: Mapped[str] = mapped_column(String(2048))
    title: Mapped[str | None] = mapped_column(String(300))
    titled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    approved: Mapped[int] = mapped_column(default=0)
    likes: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    told: Mapped[int | None] = mapped_column(default=0)
    created_at: Mapped[datetime]

    site: Mapped[Site] = relationship()

    @property
    def public_title(self) -> str | None:
        """The title that readers may see."""
        return self.title if self.titled_at else None

    def closes_at(self, policy: Policy) -> datetime | None:
        """Return when the page closes by age, None where it never does."""
        days = policy.close_after_days
        return None if days is None else self.created_at + timedelta(days=days)

    def is_open(self, policy: Policy, now: datetime) -> bool:
        """Tell whether the page takes new comments."""
        closes_at = self.closes_at(policy)
        return self.closed_at is None and (closes_at is None or now < closes_at)
