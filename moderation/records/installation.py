"""The installation itself: what all its machines share."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record


class Installation(Record):
    """The one row of its table. ``seal`` tells whether a secret key is the one that this database was begun with.

    Not among a backup's rows: its heading tells the seal.
    """

    __tablename__ = "installation"
    __table_args__ = ({"info": {"derived": True}},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seal: Mapped[str] = mapped_column(String(16))
