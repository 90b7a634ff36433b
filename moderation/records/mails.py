"""When a moderator wants to hear by mail of comments that wait."""

from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from moderation.foundation.options import Options


class Mailed(StrEnum):
    """How soon a moderator is told of comments that wait."""

    at_once = "at_once"
    daily = "daily"
    never = "never"


class Mails(Options):
    """A moderator's wishes about mails, each with its default. Hours are those of the time zone."""

    waiting: Mailed = Field(Mailed.at_once, description="When a comment waits.")
    daily_hour: int = Field(8, ge=0, le=23, description="The hour of the daily mail.")
    quiet_from: int | None = Field(None, ge=0, le=23, description="No mail from this hour on; empty: no quiet hours.")
    quiet_to: int = Field(7, ge=0, le=23, description="Until this hour.")
    time_zone: str = Field("UTC", max_length=64, description="Where these hours hold, such as Europe/Berlin.")
    muted: list[str] = Field(default_factory=list, max_length=1000, description="Sites that no mail is wanted about.")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError("is not a time zone such as Europe/Berlin") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)
