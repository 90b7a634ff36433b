"""Stores a comment once, waiting, however often it is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.insert import insert_missing, insert_new
from moderation.foundation.text import words
from moderation.foundation.tokens import digest
from moderation.records import Comment, Page, Person, Status, Submission, Version
from moderation.records.search import describe, enter, note

_EARLIER: Final = select(Submission).where(Submission.scope == bindparam("scope"), Submission.key == bindparam("key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in all the forms the service needs, made before any transaction begins.

    Args:
        body: Markdown, as it was typed.
        html: sanitised, as it is shown.
        plain: the words of the HTML.
        links: the absolute addresses in it.
    """

    body: str
    html: str
    plain: str
    links: tuple[str, ...]

    @property
    def fingerprint(self) -> bytes:
        """A hash that is the same for texts of the same words, however they are spelled or spaced."""
        return digest(" ".join(words(self.plain)) or self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What makes two submissions the same: who sent it where (scope), its idempotency key, and a hash of all it
    said."""

    scope: bytes
    key: str
    request: bytes


def earlier(db: Session, sent: Sent) -> Submission | None:
    """Return the first submission with this key, None if this is the first.

    Raises:
        Refused: when the key stood for something else.
    """
    submission = db.scalar(_EARLIER, {"scope": sent.scope, "key": sent.key})
    if submission is not None and submission.request != sent.request:
        raise Refused("Idempotency-Key: was used for another comment already.", field="Idempotency-Key")
    return submission


def claim(db: Session, sent: Sent, *, comment_id: str, now: datetime) -> bool:
    """Take an idempotency key for a comment about to be stored; a duplicate in flight is waited for.

    Returns whether it was free.
    """
    return insert_missing(
        db,
        Submission,
        scope=sent.scope,
        key=sent.key,
        request=sent.request,
        comment_id=comment_id,
        status=Status.waiting.value,
        created_at=now,
    )


def answered(db: Session, page: Page, parent_id: str | None) -> Comment | None:
    """Return the comment that is answered.

    Raises:
        Refused: when it is not an approved comment of this page.
    """
    if parent_id is None:
        return None
    parent = db.get(Comment, parent_id)
    if parent is None or parent.page_id != page.id or parent.status is not Status.approved:
        raise Refused("The comment you answer is not there any more.", field="parent")
    return parent


def compose(
    *,
    comment_id: str,
    page: Page,
    person: Person,
    parent: Comment | None,
    text: Text,
    address_hash: bytes | None,
    now: datetime,
) -> tuple[Comment, Version]:
    """Return a new comment, waiting, and its first version; neither is stored yet."""
    # An answer is never older than what it answers, whatever the clocks of two machines say.
    created_at = max(now, parent.created_at + timedelta(microseconds=1)) if parent else now
    comment = Comment(
        id=comment_id,
        site_id=page.site_id,
        page_id=page.id,
        person_id=person.id,
        parent_id=parent.id if parent else None,
        root_id=parent.root_id if parent else comment_id,
        depth=parent.depth + 1 if parent else 0,
        address_hash=address_hash,
        created_at=created_at,
        page=page,
        person=person,
    )
    version = _version(comment, text, now=now, number=1)
    describe(comment, version)
    return comment, version


def submit(db: Session, comment: Comment, version: Version) -> Comment:
    """Store a composed comment with its first version, and let moderators find it."""
    insert_new(db, comment)
    insert_new(db, version)
    enter(db, comment, version)
    return comment


def add_version(
    db: Session, comment: Comment, text: Text, *, now: datetime, number: int, moderator_id: str | None = None
) -> Version:
    """Store a further text of a comment, by which moderators find it.

    Args:
        moderator_id: who wrote it, where that was not the comment's writer.
    """
    newest = _version(comment, text, now=now, number=number, moderator_id=moderator_id)
    insert_new(db, newest)
    note(db, comment, newest)
    return newest


def next_number(db: Session, comment: Comment) -> int:
    """Return the number of a locked comment's next text; no number is given twice, also after an edit was undone."""
    highest = select(func.max(Version.number)).where(Version.comment_id == comment.id)
    return (db.scalar(highest) or 0) + 1


def _version(comment: Comment, text: Text, *, now: datetime, number: int, moderator_id: str | None = None) -> Version:
    return Version(
        comment_id=comment.id,
        number=number,
        body=text.body,
        html=text.html,
        body_hash=text.fingerprint,
        moderator_id=moderator_id,
        created_at=now,
    )
