"""What the owner of a site has decided in advance."""

from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from moderation.foundation.language import NAMES, known_languages
from moderation.foundation.options import Options


class Moderate(StrEnum):
    """Whose comments wait for a moderator."""

    all = "all"
    first_timers = "first_timers"
    untrusted = "untrusted"
    none = "none"


class RuleState(StrEnum):
    """Whether a screening rule counts."""

    on = "on"
    log = "log"
    off = "off"


class RuleSetting(Options):
    """One screening rule on one site."""

    state: RuleState = Field(RuleState.on, description="On; log only: noted, but without effect; or off.")
    options: dict[str, Any] = Field(default_factory=dict, description="The rule's own options, where not the default.")


class Policy(Options):
    """All options of a site, each with its default."""

    hold_everything: bool = Field(
        False, description="Every new comment waits, a trusted writer's too; only moderators' own do not."
    )
    moderate: Moderate = Field(
        Moderate.untrusted, title="Whose comments wait", description="Whose comments wait for a moderator."
    )
    guests_allowed: bool = Field(True, description="People may comment with a name and an e-mail, without signing in.")
    guest_email_required: bool = Field(
        True, title="Guests’ e-mail is required", description="Guests must give an e-mail address."
    )
    guest_email_confirmed: bool = Field(
        False, title="Guests’ e-mail is confirmed", description="Guests are asked by mail to confirm their address."
    )
    providers: list[str] | None = Field(None, description="Where people may sign in; empty: everywhere that is set up.")
    languages: tuple[str, ...] = Field(
        (),
        max_length=len(NAMES),
        title="Languages of comments",
        description="Codes of the languages in which comments are welcome, such as en or pt; none: all of them. "
        "What is in another waits for a moderator.",
    )
    close_after_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        title="Close pages after so many days",
        description="Pages close so many days after they began; without a number, never.",
    )
    max_depth: int = Field(8, ge=1, le=8, title="Depth of answers", description="How deep answers are indented.")
    max_length: int = Field(
        8192, ge=100, le=8192, title="Longest comment", description="Longest comment, in characters."
    )
    edit_window: int = Field(
        900, ge=0, le=86_400, title="Time to edit", description="Seconds during which writers may edit a comment."
    )
    likes: bool = Field(True, description="Readers who signed in may like comments and pages.")
    theme: Literal["auto", "light", "dark"] = Field(
        "auto", description="How the comments look; a tag with a theme of its own comes first."
    )
    time_zone: str = Field("UTC", description="Where the blog's days begin, such as Europe/Berlin.")
    privacy: str = Field(
        "",
        max_length=2000,
        title="Words about privacy",
        description="What commenters are told about their data, at the form.",
    )
    address_days: int | None = Field(
        None,
        ge=1,
        le=365,
        title="Forget addresses after so many days",
        description="Days after which it is forgotten from which network a comment came.",
    )
    spam_days: int | None = Field(
        None,
        ge=7,
        le=3650,
        title="Delete spam after so many days",
        description="Days after which spam is deleted for good; without a number it is kept.",
    )
    return_addresses: list[str] = Field(
        default_factory=list, description="Where sign-ins may come back to on blogs that the service cannot see itself."
    )
    rules: dict[str, RuleSetting] = Field(default_factory=dict, description="Screening rules, where not the default.")

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, name: str) -> str:
        try:
            return name if name == "UTC" else ZoneInfo(name).key
        except (ValueError, KeyError, OSError) as error:
            raise ValueError("there is no such time zone; write it like Europe/Berlin") from error

    @field_validator("languages", mode="before")
    @classmethod
    def _in_a_row(cls, given: Any) -> Any:
        return given.replace(",", " ").split() if isinstance(given, str) else given

    @field_validator("languages")
    @classmethod
    def _check_languages(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return known_languages(codes)

    @field_validator("return_addresses", mode="before")
    @classmethod
    def _one_alone(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given
