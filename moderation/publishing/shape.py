"""Comments, people and pages in the form in which the API shows them to everybody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moderation.records import Comment, Page, Person, Policy, Status, Version, badge_of


class CommentRow(NamedTuple):
    """What is read of a comment to show it; the fields are columns."""

    id: str
    parent_id: str | None
    root_id: str
    depth: int
    below: int
    likes: int
    pinned: bool
    shown: int | None
    created_at: datetime


class PersonRow(NamedTuple):
    """What is read of a person."""

    id: str
    name: str
    url: str | None
    avatar: str | None
    provider: str
    issuer: str | None
    moderator_id: str | None

    @property
    def badge(self) -> str | None:
        """What readers are told about the person's standing."""
        return badge_of(self.moderator_id)


class VersionRow(NamedTuple):
    """What is read of a text; nothing is where readers may not know it."""

    number: int
    html: str
    moderator_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A comment as readers see it; without a version, only its place is kept for the answers below."""

    comment: Comment | CommentRow
    person: Person | PersonRow
    version: Version | VersionRow | None


def comment_json(shown: Shown) -> dict[str, Any]:
    """Return a comment; an unapproved one gives nothing but its place."""
    comment, version = shown.comment, shown.version
    if version is None:
        return {"id": comment.id, "removed": True, "parent": comment.parent_id, "depth": comment.depth}
    return {
        "id": comment.id,
        "parent": comment.parent_id,
        "depth": comment.depth,
        "html": version.html,
        "created_at": moment(comment.created_at),
        "edited_at": moment(version.created_at) if version.number > 1 else None,
        "edited_by": _edited_by(version),
        "likes": comment.likes,
        "pinned": comment.pinned,
        "author": person_json(shown.person),
    }


def _edited_by(version: Version | VersionRow) -> str | None:
    if version.number == 1:
        return None
    return "moderator" if version.moderator_id else "writer"


def person_json(person: Person | PersonRow) -> dict[str, Any]:
    """Return what readers may know of a person; never the e-mail address, never an image from elsewhere."""
    return {
        "id": person.id,
        "name": person.name,
        "url": person.url,
        "avatar": f"/avatars/{person.avatar}.webp" if person.avatar else f"/avatars/{person.id}.svg",
        "provider": person.provider,
        "verified": person.issuer is not None,
        "badge": person.badge,
    }


def page_json(page: Page, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return a page; its title only once a comment there was approved."""
    return {
        "key": page.key,
        "url": page.url,
        "title": page.public_title,
        "open": page.is_open(policy, now),
        "likes": page.likes,
    }


def moment(value: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, to the second: ``2026-11-22T06:28:00Z``."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def own_json(
    comment: Comment, person: Person, version: Version, status: Status, *, reason: str | None = None
) -> dict[str, Any]:
    """Return a comment as its writer sees it: the newest text, and where it stands; spam is shown as waiting.

    Args:
        reason: what a moderator says to the writer about it.
    """
    shown = comment_json(Shown(comment=comment, person=person, version=version))
    return shown | {
        "status": (Status.waiting if status is Status.spam else status).value,
        "body": version.body,
        "reason": reason,
    }
