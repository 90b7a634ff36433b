"""When a moderator wants to hear by mail of comments that wait."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from moderation.foundation.options import Options


class Mailed(StrEnum):
    """How soon a moderator is told of comments that wait."""

    at_once = "at_once"
    daily = "daily"
    never = "never"


class Mails(Options, frozen=True, kw_only=True):
    """A moderator's wishes about mails, each with its default. Hours are those of the time zone."""

    waiting: Annotated[Mailed, Meta(description="When a comment waits.")] = Mailed.at_once
    daily_hour: Annotated[int, Meta(ge=0, le=23, description="The hour of the daily mail.")] = 8
    quiet_from: Annotated[
        Annotated[int, Meta(ge=0, le=23)] | None, Meta(description="No mail from this hour on; empty: no quiet hours.")
    ] = None
    quiet_to: Annotated[int, Meta(ge=0, le=23, description="Until this hour.")] = 7
    time_zone: Annotated[str, Meta(max_length=64, description="Where these hours hold, such as Europe/Berlin.")] = "UTC"
    muted: Annotated[list[str], Meta(max_length=1000, description="Sites that no mail is wanted about.")] = field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        self.put("time_zone", _known_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError("is not a time zone such as Europe/Berlin") from error
    return name
