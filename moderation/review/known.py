"""Lets readers see who likes a page only while something that person wrote is approved."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.records import Comment, Page, PageLike, Status


def settle_likes(db: Session, person_id: str) -> None:
    """Bring a person's likes in step with whether any comment of the person's is approved now.

    Nobody decided about the name of somebody who only signed in, so readers do not get it.
    """
    approved = select(Comment.id).where(Comment.person_id == person_id, Comment.status == Status.approved)
    known = db.scalar(approved.limit(1)) is not None
    differing = (PageLike.person_id == person_id, PageLike.known.is_not(known))
    pages = db.scalars(select(PageLike.page_id).where(*differing).order_by(PageLike.page_id)).all()
    if pages:
        db.execute(update(PageLike).where(*differing).values(known=known))
        db.execute(update(Page).where(Page.id.in_(pages)).values(revision=Page.revision + 1))
