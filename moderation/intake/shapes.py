"""The shapes of what commenters send: a comment, an edit, a preview, a report."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator

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


class Shape(BaseModel):
    """Something a stranger sends: no field too many, none of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


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


# For the API's description; what is refused is said above, in words.
_DESCRIBED: Final = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": BODY_CHARACTERS})

Body = Annotated[str, AfterValidator(_body), _DESCRIBED]
SiteKey = Annotated[str, Field(min_length=1, max_length=64)]


class PageIn(Shape):
    """The page a comment is for, as the widget knows it."""

    key: Annotated[str, Field(min_length=1, max_length=PAGE_KEY_CHARACTERS), AfterValidator(_page_key)]
    url: Annotated[
        str,
        AfterValidator(lambda text: web_address(text, field="page.url")),
        WithJsonSchema({"type": "string", "format": "uri", "maxLength": ADDRESS_CHARACTERS}),
    ]
    title: Annotated[str | None, Field(max_length=TITLE_CHARACTERS), AfterValidator(_title)] = None


class GuestIn(Shape):
    """Who a guest claims to be; whether an e-mail address is needed, the site decides."""

    name: Annotated[
        str,
        AfterValidator(lambda text: clean_name(text, field="guest.name")),
        WithJsonSchema({"type": "string", "minLength": 1}),
    ]
    email: str | None = None
    website: str | None = None

    @field_validator("email")
    @classmethod
    def _check_email(cls, text: str | None) -> str | None:
        return email_address(text, field="guest.email") if text and text.strip() else None

    @field_validator("website")
    @classmethod
    def _check_website(cls, text: str | None) -> str | None:
        return web_address(text, field="guest.website") if text and text.strip() else None


class SubmissionIn(Shape):
    """A new comment."""

    site: SiteKey
    page: PageIn
    parent: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    body: Body
    guest: GuestIn | None = None
    subscribe: bool = False


class EditIn(Shape):
    """Another text for a comment."""

    body: Body


class PreviewIn(Shape):
    """A text to be shown as it would look."""

    site: SiteKey
    body: Body


class ReportIn(Shape):
    """Why a comment should not be there."""

    reason: Annotated[str, Field(max_length=REASON_CHARACTERS), AfterValidator(single_line)] = ""
