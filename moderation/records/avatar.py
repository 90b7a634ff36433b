"""A person's picture, as we serve it."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Avatar(Record):
    """A picture that was made anew from a provider's, in two sizes (WebP). ``id`` is a hash of what it shows, so that
    its address never stands for another picture; people with the same one share the row.
    """

    __tablename__ = "avatar"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    small: Mapped[bytes] = mapped_column(LargeBinary)
    large: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
