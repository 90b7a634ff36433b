"""What the owner of a site has decided in advance."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator

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

    moderate: Moderate = Field(Moderate.untrusted, description="Whose comments wait for a moderator.")
    guests_allowed: bool = Field(True, description="People may comment with a name and an e-mail, without signing in.")
    guest_email_required: bool = Field(True, description="Guests must give an e-mail address.")
    guest_email_confirmed: bool = Field(False, description="Guests are asked by mail to confirm their address.")
    providers: list[str] | None = Field(None, description="Where people may sign in; empty: everywhere that is set up.")
    close_after_days: int | None = Field(None, ge=1, le=3650, description="Pages close so many days after they began.")
    max_depth: int = Field(8, ge=1, le=8, description="How deep answers are indented.")
    max_length: int = Field(8192, ge=100, le=8192, description="Longest comment, in characters.")
    edit_window: int = Field(900, ge=0, le=86_400, description="Seconds during which writers may edit a comment.")
    theme: Literal["auto", "light", "dark"] = Field("auto", description="How the comments look.")
    return_addresses: list[str] = Field(
        default_factory=list, description="Where sign-ins may come back to on blogs that the service cannot see itself."
    )
    rules: dict[str, RuleSetting] = Field(default_factory=dict, description="Screening rules, where not the default.")

    @field_validator("return_addresses", mode="before")
    @classmethod
    def _one_alone(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given
