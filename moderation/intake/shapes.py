"""The forms in which comments, changes and previews are sent."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from moderation.foundation.text import clean_name, email_address, web_address

LONGEST_BODY = 8192


class Shape(BaseModel):
    """An object of the API: exactly these fields, of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _said(body: str) -> str:
    if not body.strip():
        raise ValueError("is empty.")
    return body


def _email(text: str | None) -> str | None:
    return email_address(text, field="guest.email") if text and text.strip() else None


def _website(text: str | None) -> str | None:
    return web_address(text, field="guest.website") if text and text.strip() else None


Body = Annotated[str, Field(max_length=LONGEST_BODY), AfterValidator(_said)]
SiteKey = Annotated[str, Field(min_length=1, max_length=64)]


class GuestIn(Shape):
    """Who a guest says they are; the e-mail address is never made public."""

    name: Annotated[str, AfterValidator(lambda text: clean_name(text, field="guest.name"))]
    email: Annotated[str | None, AfterValidator(_email)] = None
    website: Annotated[str | None, AfterValidator(_website)] = None


class PageIn(Shape):
    """Where a comment was written: the page's key, address and title, as the blog's page says."""

    key: Annotated[str, Field(min_length=1, max_length=512)]
    url: Annotated[str, AfterValidator(lambda text: web_address(text, field="page.url"))]
    title: Annotated[str | None, Field(max_length=300)] = None


class SubmissionIn(Shape):
    """A comment as it is sent. Without ``guest`` somebody is signed in; ``parent`` is the comment it answers."""

    site: SiteKey
    page: PageIn
    parent: Annotated[str | None, Field(max_length=32)] = None
    body: Body
    guest: GuestIn | None = None
    subscribe: bool = False


class EditIn(Shape):
    """A changed text."""

    body: Body


class PreviewIn(Shape):
    """A text that its writer wants to see as it will look."""

    site: SiteKey
    body: Body
