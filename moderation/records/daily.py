"""Daily sums: what happened on a site on a day, in numbers without anybody in them."""

from datetime import date
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from moderation.records.record import Record

SIGN_IN_STARTED: Final = "sign_in_started"
SIGN_IN_FINISHED: Final = "sign_in_finished"


class Daily(Record):
    """One number of one day, in the site's time zone.

    ``kind`` says what was counted, ``name`` of which status, rule, provider or page. Sums of comments are by the day
    on which they were written.
    """

    __tablename__ = "daily"

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
