"""An invitation to moderate a site."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from moderation.foundation.columns import choice, identifier
from moderation.records.moderator import Moderator, Role
from moderation.records.record import Record
from moderation.records.site import Site


class Invitation(Record):
    """An invitation to moderate a site, good once. Who holds its link, a signed ticket with its ``id``, accepts it."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(identifier(), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    role: Mapped[Role] = mapped_column(choice(Role))
    invited_by: Mapped[str] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    site: Mapped[Site] = relationship(lazy="joined")
    inviter: Mapped[Moderator] = relationship(lazy="joined")
