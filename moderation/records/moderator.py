"""A moderator: who may decide on a site."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import choice, identifier
from moderation.foundation.options import read_options
from moderation.records.mails import Mails
from moderation.records.record import Record
from moderation.records.site import Site


class Role(StrEnum):
    """What a moderator may do on a site; the owner may also change its settings."""

    owner = "owner"
    moderator = "moderator"


class Moderator(Record):
    """Somebody who signs in to the dashboard. ``password`` is an argon2id hash, or None until one is set."""

    __tablename__ = "moderator"

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(400))
    password: Mapped[str | None] = mapped_column(String(200))
    wishes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    created_at: Mapped[datetime]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="moderator", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def mails(self) -> Mails:
        """When this moderator wants mail, defaults filled in."""
        return read_options(Mails, self.wishes)

    def role_on(self, site_id: str) -> Role | None:
        """Return the role on a site, None where this moderator has no business."""
        return next((membership.role for membership in self.memberships if membership.site_id == site_id), None)


class Membership(Record):
    """A moderator's role on one site."""

    __tablename__ = "membership"

    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    created_at: Mapped[datetime]

    moderator: Mapped[Moderator] = relationship(back_populates="memberships")
    site: Mapped[Site] = relationship(lazy="joined")


class SetupCode(Record):
    """A one-time link by which a moderator sets a name and a password; stored as its SHA-256.

    Without ``moderator_id`` it makes the installation's first owner. ``forgets`` also takes away whatever else the
    moderator signed in with, for somebody who lost it.
    """

    __tablename__ = "setup_code"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    forgets: Mapped[bool] = mapped_column(default=False)
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PersonalKey(Record):
    """A moderator's key for the API (``mk_…``), stored as its SHA-256; ``label`` is what its owner calls it."""

    __tablename__ = "personal_key"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    moderator: Mapped[Moderator] = relationship(lazy="joined")
