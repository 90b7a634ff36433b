"""Takes and takes back likes, of comments and of pages; the counts that readers see are kept with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed
from moderation.foundation.insert import insert_missing
from moderation.records import Ban, Comment, CommentLike, Page, PageLike, Person, Site, Status

_GONE = "There is no such comment."


def _check_likes(site: Site) -> None:
    """Let those pass who like something on a site where that can be done.

    Raises:
        NotAllowed: its owner has switched likes off; those there are stay, and can be taken back.
    """
    if not site.policy.likes:
        raise NotAllowed("Likes are switched off on this blog.")


def like_comment(db: Session, comment_id: str, person: Person, *, now: datetime) -> int:
    """Let a person like a comment, twice is once; return how many do.

    Raises:
        Missing: no such comment, or readers do not see it.
        NotAllowed: to somebody who is banned.
    """
    _check_not_banned(db, person, now)
    _check_likes(db.get_one(Site, person.site_id))
    comment = _locked_comment(db, comment_id, person)
    if comment is None or comment.status is not Status.approved:
        raise Missing(_GONE)
    if insert_missing(db, CommentLike, comment_id=comment.id, person_id=person.id, created_at=now):
        _count_comment(db, comment, 1)
    return comment.likes


def unlike_comment(db: Session, comment_id: str, person: Person) -> int:
    """Take a person's like of a comment back, twice is once; return how many like it.

    Raises:
        Missing: no such comment, or neither do readers see it nor did the person like it.
    """
    comment = _locked_comment(db, comment_id, person)
    if comment is None:
        raise Missing(_GONE)
    mine = delete(CommentLike).where(CommentLike.comment_id == comment.id, CommentLike.person_id == person.id)
    if _deleted(db, mine):
        _count_comment(db, comment, -1)
    elif comment.status is not Status.approved:
        raise Missing(_GONE)
    return comment.likes


def like_page(db: Session, page: Page, person: Person, *, now: datetime) -> int:
    """Let a person like a page, twice is once; return how many do.

    Raises:
        NotAllowed: to somebody who is banned.
    """
    _check_not_banned(db, person, now)
    _check_likes(db.get_one(Site, person.site_id))
    approved = select(Comment.id).where(Comment.person_id == person.id, Comment.status == Status.approved)
    known = db.scalar(approved.limit(1)) is not None
    if insert_missing(db, PageLike, page_id=page.id, person_id=person.id, known=known, created_at=now):
        return _count_page(db, page.id, 1)
    return page.likes


def unlike_page(db: Session, page: Page, person: Person) -> int:
    """Take a person's like of a page back, twice is once; return how many like it."""
    mine = delete(PageLike).where(PageLike.page_id == page.id, PageLike.person_id == person.id)
    return _count_page(db, page.id, -1) if _deleted(db, mine) else page.likes


def unlike_all(db: Session, person: Person) -> None:
    """Take back all that a person liked."""
    liked = select(CommentLike.comment_id).where(CommentLike.person_id == person.id)
    for comment_id in db.scalars(liked.order_by(CommentLike.comment_id)).all():
        unlike_comment(db, comment_id, person)
    pages = select(Page).join(PageLike, PageLike.page_id == Page.id).where(PageLike.person_id == person.id)
    for page in db.scalars(pages.order_by(Page.id)).all():
        unlike_page(db, page, person)


def likes_of(db: Session, page: Page, person_id: str) -> tuple[bool, Sequence[str]]:
    """Return whether a person likes a page, and which of the comments there."""
    comments = (
        select(CommentLike.comment_id)
        .join(Comment, Comment.id == CommentLike.comment_id)
        .where(CommentLike.person_id == person_id, Comment.page_id == page.id, Comment.status == Status.approved)
        .order_by(CommentLike.comment_id)
    )
    return db.get(PageLike, (page.id, person_id)) is not None, db.scalars(comments).all()


def _locked_comment(db: Session, comment_id: str, person: Person) -> Comment | None:
    query = select(Comment).where(Comment.id == comment_id, Comment.site_id == person.site_id)
    return db.scalar(query.with_for_update().execution_options(populate_existing=True))


def _count_comment(db: Session, comment: Comment, change: int) -> None:
    counted = update(Comment).where(Comment.id == comment.id).values(likes=Comment.likes + change)
    db.execute(counted.execution_options(synchronize_session=False))
    # Readers see the page of a comment that is not approved as it was.
    if comment.status is Status.approved:
        db.execute(update(Page).where(Page.id == comment.page_id).values(revision=Page.revision + 1))
    db.refresh(comment, ["likes"])


def _count_page(db: Session, page_id: str, change: int) -> int:
    counted = update(Page).where(Page.id == page_id).values(likes=Page.likes + change, revision=Page.revision + 1)
    return int(db.scalars(counted.returning(Page.likes)).one())


def _deleted(db: Session, rows: Delete) -> bool:
    return cast("CursorResult[Any]", db.execute(rows)).rowcount == 1


def _check_not_banned(db: Session, person: Person, now: datetime) -> None:
    bans = select(Ban.id).where(Ban.person_id == person.id, Ban.lifted_at.is_(None))
    if db.scalar(bans.where(Ban.until.is_(None) | (Ban.until > now)).limit(1)) is not None:
        raise NotAllowed("You cannot do this on this blog.")
