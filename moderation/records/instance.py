"""Servers where we registered ourselves, because a reader has an account there."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Instance(Record):
    """How one server of many, named by a reader, knows this installation. The secret is encrypted with the
    installation's key. ``checked_at`` is when the server last said that it still knows us.
    """

    __tablename__ = "instance"

    host: Mapped[str] = mapped_column(String(253), primary_key=True)
    redirect_uri: Mapped[str] = mapped_column(String(500), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(500))
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime] = mapped_column(index=True)
