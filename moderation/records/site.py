"""A site: one blog, the origins that may embed it, its policy."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import identifier
from moderation.foundation.options import read_options
from moderation.records.policy import Policy
from moderation.records.record import Record


class Site(Record):
    """One blog. ``key`` is what its pages name; ``revision`` grows when anything all its pages show has changed.

    ``told`` is the revision that a CDN was last told of.
    ``counted_at`` is up to when its daily sums are true, None while they are to be counted from the beginning.
    """

    __tablename__ = "site"

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(35), default="en")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    told: Mapped[int | None] = mapped_column(default=1)
    created_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]

    origins: Mapped[list["Origin"]] = relationship(back_populates="site", cascade="all, delete-orphan", lazy="selectin")

    @property
    def policy(self) -> Policy:
        """The owner's choices, defaults filled in."""
        return read_options(Policy, self.settings)

    @property
    def tag(self) -> str:
        """What stands on a page where its comments are to be, in the blog's language."""
        language = "" if self.locale == "en" else f' lang="{self.locale}"'
        return f'<comment-thread site="{self.key}"{language}></comment-thread>'

    def embeds_at(self, origin: str) -> bool:
        """Tell whether an origin, exactly as a browser sends it, may embed this site."""
        return any(known.origin == origin for known in self.origins)


class Origin(Record):
    """An origin, such as ``https://blog.example``, that may embed a site."""

    __tablename__ = "origin"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    origin: Mapped[str] = mapped_column(String(300), primary_key=True, index=True)

    site: Mapped[Site] = relationship(back_populates="origins")
