"""The newest approved comments of a site."""

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moderation.publishing.shape import Shown, comment_json
from moderation.records import Comment, Page, Person, Site, Status, Version


def recent(db: Session, site: Site, *, limit: int) -> list[dict[str, Any]]:
    """Return the newest approved comments, each with its page."""
    query = (
        select(Comment, Person, Version, Page)
        .join(Person, Person.id == Comment.person_id)
        .join(Version, and_(Version.comment_id == Comment.id, Version.number == Comment.shown))
        .join(Page, Page.id == Comment.page_id)
        .where(Comment.site_id == site.id, Comment.status == Status.approved)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    return [
        comment_json(Shown(comment=comment, person=person, version=version))
        | {"page": {"key": page.key, "url": page.url, "title": page.public_title}}
        for comment, person, version, page in db.execute(query)
    ]
