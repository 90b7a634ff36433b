"""A person: who speaks on one site."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from moderation.foundation.columns import identifier
from moderation.foundation.lookalikes import LOOK_CHARACTERS, look_of
from moderation.records.record import Record


def _look(context: Any) -> str:
    return look_of(context.get_current_parameters()["name"])


class Person(Record):
    """One identity (issuer, subject) on one site, or a guest. ``look`` is what the name looks like, for comparing.

    A guest has no issuer until the e-mail address is confirmed; then it is ``mailto:`` and the subject is the address.
    E-mail never joins two persons.

    ``quiet_at`` is when the person wished for no more mails about their own comments.
    ``picture`` is the address of the provider's picture, which readers never see; ``avatar`` names the one that we made
    of it. ``picture_due_at`` is when it is to be fetched next, None when there is nothing to fetch or we gave up.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("site_id", "issuer", "subject"),
        Index(None, "site_id", "email"),
        Index(None, "site_id", "look"),
    )

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    provider: Mapped[str] = mapped_column(String(40), default="guest")
    issuer: Mapped[str | None] = mapped_column(String(300))
    subject: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(400))
    look: Mapped[str] = mapped_column(String(LOOK_CHARACTERS), default=_look)
    url: Mapped[str | None] = mapped_column(String(2048))
    picture: Mapped[str | None] = mapped_column(String(2048))
    picture_due_at: Mapped[datetime | None] = mapped_column(index=True)
    picture_tries: Mapped[int] = mapped_column(default=0)
    avatar: Mapped[str | None] = mapped_column(ForeignKey("avatar.id", ondelete="SET NULL"), index=True)
    email: Mapped[str | None] = mapped_column(String(320))
    email_verified: Mapped[bool] = mapped_column(default=False)
    trusted_at: Mapped[datetime | None]
    quiet_at: Mapped[datetime | None]
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    @validates("name")
    def _keep_look(self, _key: str, name: str) -> str:
        self.look = look_of(name)
        return name

    @property
    def is_guest(self) -> bool:
        """Nobody vouches for this person's name."""
        return self.provider == "guest"

    @property
    def badge(self) -> str | None:
        """What readers are told about the person's standing."""
        return badge_of(self.moderator_id)


def badge_of(moderator_id: str | None) -> str | None:
    """Return what readers are told about the standing of a person who is this moderator, or none."""
    return "author" if moderator_id else None


class Ban(Record):
    """A person, or everybody at an address, who may not comment on a site.

    Args:
        address_hash: keyed hash of the address's network.
        until: None for good.
    """

    __tablename__ = "ban"
    __table_args__ = (
        Index(None, "site_id", "person_id"),
        Index(None, "site_id", "address_hash"),
        CheckConstraint("person_id IS NOT NULL OR address_hash IS NOT NULL", name="of_somebody"),
    )

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    until: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    moderator_id: Mapped[str | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
