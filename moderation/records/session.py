"""Sessions, kept as the SHA-256 of their token: a commenter's on one site, and a moderator's on the dashboard."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.records.moderator import Moderator
from moderation.records.person import Person
from moderation.records.record import Record


class PersonSession(Record):
    """A commenter's session (``st_…``) on one site, used from one origin; it never opens the dashboard."""

    __tablename__ = "person_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    origin: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined")


class ModeratorSession(Record):
    """A moderator's session on the dashboard."""

    __tablename__ = "moderator_session"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    moderator_id: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    revoked_at: Mapped[datetime | None]

    moderator: Mapped[Moderator] = relationship(lazy="joined")
