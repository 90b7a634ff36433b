"""What the owner of a site has decided in advance."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, field

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


class RuleSetting(Options, frozen=True, kw_only=True):
    """One screening rule on one site."""

    state: Annotated[RuleState, Meta(description="On; log only: noted, but without effect; or off.")] = RuleState.on
    options: Annotated[dict[str, Any], Meta(description="The rule's own options, where not the default.")] = field(
        default_factory=dict
    )


class Policy(Options, frozen=True, kw_only=True):
    """All options of a site, each with its default."""

    hold_everything: Annotated[
        bool, Meta(description="Every new comment waits, a trusted writer's too; only moderators' own do not.")
    ] = False
    moderate: Annotated[
        Moderate, Meta(title="Whose comments wait", description="Whose comments wait for a moderator.")
    ] = Moderate.untrusted
    guests_allowed: Annotated[
        bool, Meta(description="People may comment with a name and an e-mail, without signing in.")
    ] = True
    guest_email_required: Annotated[
        bool, Meta(title="Guests’ e-mail is required", description="Guests must give an e-mail address.")
    ] = True
    guest_email_confirmed: Annotated[
        bool,
        Meta(title="Guests’ e-mail is confirmed", description="Guests are asked by mail to confirm their address."),
    ] = False
    providers: Annotated[
        list[str] | None, Meta(description="Where people may sign in; empty: everywhere that is set up.")
    ] = None
    languages: Annotated[
        tuple[str, ...],
        Meta(
            max_length=len(NAMES),
            title="Languages of comments",
            description="Codes of the languages in which comments are welcome, such as en or pt; none: all of them. "
            "What is in another waits for a moderator.",
        ),
    ] = ()
    close_after_days: Annotated[
        Annotated[int, Meta(ge=1, le=3650)] | None,
        Meta(
            title="Close pages after so many days",
            description="Pages close so many days after they began; without a number, never.",
        ),
    ] = None
    max_depth: Annotated[
        int, Meta(ge=1, le=8, title="Depth of answers", description="How deep answers are indented.")
    ] = 8
    max_length: Annotated[
        int, Meta(ge=100, le=8192, title="Longest comment", description="Longest comment, in characters.")
    ] = 8192
    edit_window: Annotated[
        int, Meta(ge=0, le=86_400, title="Time to edit", description="Seconds during which writers may edit a comment.")
    ] = 900
    likes: Annotated[bool, Meta(description="Readers who signed in may like comments and pages.")] = True
    theme: Annotated[
        Literal["auto", "light", "dark"],
        Meta(description="How the comments look; a tag with a theme of its own comes first."),
    ] = "auto"
    time_zone: Annotated[str, Meta(description="Where the blog's days begin, such as Europe/Berlin.")] = "UTC"
    privacy: Annotated[
        str,
        Meta(
            max_length=2000,
            title="Words about privacy",
            description="What commenters are told about their data, at the form.",
        ),
    ] = ""
    address_days: Annotated[
        Annotated[int, Meta(ge=1, le=365)] | None,
        Meta(
            title="Forget addresses after so many days",
            description="Days after which it is forgotten from which network a comment came.",
        ),
    ] = None
    spam_days: Annotated[
        Annotated[int, Meta(ge=7, le=3650)] | None,
        Meta(
            title="Delete spam after so many days",
            description="Days after which spam is deleted for good; without a number it is kept.",
        ),
    ] = None
    return_addresses: Annotated[
        list[str], Meta(description="Where sign-ins may come back to on blogs that the service cannot see itself.")
    ] = field(default_factory=list)
    rules: Annotated[dict[str, RuleSetting], Meta(description="Screening rules, where not the default.")] = field(
        default_factory=dict
    )

    @classmethod
    def spelled_out(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Let languages be written in a row, and one return address alone."""
        languages, addresses = given.get("languages"), given.get("return_addresses")
        if isinstance(languages, str):
            given = given | {"languages": languages.replace(",", " ").split()}
        if isinstance(addresses, str):
            given = given | {"return_addresses": [addresses]}
        return given

    def __post_init__(self) -> None:
        self.put("time_zone", _time_zone)
        self.put("languages", known_languages)


def _time_zone(name: str) -> str:
    try:
        return name if name == "UTC" else ZoneInfo(name).key
    except (ValueError, KeyError, OSError) as error:
        raise ValueError("there is no such time zone; write it like Europe/Berlin") from error
