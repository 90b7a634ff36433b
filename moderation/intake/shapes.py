"""The shapes of what commenters send: a comment, an edit, a preview, a report."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from moderation.foundation.errors import Refused
from moderation.foundation.text import (
    ADDRESS_CHARACTERS,
    clean_name,
    email_address,
    is_blank,
    refuse_controls,
    single_line,
    web_address,
)

BODY_CHARACTERS: Final = 8192
PAGE_KEY_CHARACTERS: Final = 512
TITLE_CHARACTERS: Final = 300
REASON_CHARACTERS: Final = 500


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a stranger sends: no field too many, none of another type.

    What a type and its bounds cannot say, ``__post_init__`` looks at by ``put``.
    """

    def put(self, name: str, look: Callable[[Any], Any]) -> None:
        """Put what ``look`` returns in a field's place; it refuses what cannot be taken."""
        force_setattr(self, name, look(getattr(self, name)))


# For the API's description; what is refused is said below, in words.
Body = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": BODY_CHARACTERS})]
SiteKey = Annotated[str, Meta(min_length=1, max_length=64)]


class PageIn(Shape, frozen=True, kw_only=True):
    """The page a comment is for, as the widget knows it."""

    key: Annotated[str, Meta(min_length=1, max_length=PAGE_KEY_CHARACTERS)]
    url: Annotated[str, Meta(extra_json_schema={"format": "uri", "maxLength": ADDRESS_CHARACTERS})]
    title: Annotated[str, Meta(max_length=TITLE_CHARACTERS)] | None = None

    def __post_init__(self) -> None:
        self.put("key", _page_key)
        self.put("url", lambda text: web_address(text, field="page.url"))
        self.put("title", _title)


class GuestIn(Shape, frozen=True, kw_only=True):
    """Who a guest claims to be; whether an e-mail address is needed, the site decides."""

    name: Annotated[str, Meta(extra_json_schema={"minLength": 1})]
    email: str | None = None
    website: str | None = None

    def __post_init__(self) -> None:
        self.put("name", lambda text: clean_name(text, field="guest.name"))
        self.put("email", lambda text: _if_any(text, email_address, field="guest.email"))
        self.put("website", lambda text: _if_any(text, web_address, field="guest.website"))


class SubmissionIn(Shape, frozen=True, kw_only=True):
    """A new comment."""

    site: SiteKey
    page: PageIn
    parent: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    body: Body
    guest: GuestIn | None = None
    subscribe: bool = False

    def __post_init__(self) -> None:
        self.put("body", _body)


class EditIn(Shape, frozen=True, kw_only=True):
    """Another text for a comment."""

    body: Body

    def __post_init__(self) -> None:
        self.put("body", _body)


class PreviewIn(Shape, frozen=True, kw_only=True):
    """A text to be shown as it would look."""

    site: SiteKey
    body: Body

    def __post_init__(self) -> None:
        self.put("body", _body)


class ReportIn(Shape, frozen=True, kw_only=True):
    """Why a comment should not be there."""

    reason: Annotated[str, Meta(max_length=REASON_CHARACTERS)] = ""

    def __post_init__(self) -> None:
        self.put("reason", single_line)


def _body(text: str) -> str:
    if len(text) > BODY_CHARACTERS:
        raise Refused(f"body: can have at most {BODY_CHARACTERS:,} characters; this has {len(text):,}.", field="body")
    if is_blank(text):
        raise Refused("body: please write something.", field="body")
    return text


def _page_key(text: str) -> str:
    refuse_controls(text, field="page.key")
    return text


def _title(text: str | None) -> str | None:
    return single_line(text)[:TITLE_CHARACTERS] or None if text else None


def _if_any(text: str | None, look: Callable[..., str], *, field: str) -> str | None:
    return look(text, field=field) if text and text.strip() else None
