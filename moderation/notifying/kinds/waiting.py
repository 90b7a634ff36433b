"""Tells a moderator that comments wait."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Comment, Moderator, Notice, Site, Version

_SHOWN = 5
_EXCERPT = 600


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    moderator = db.get(Moderator, notice.moderator_id) if notice.moderator_id else None
    site = db.get(Site, notice.site_id)
    if moderator is None or site is None or moderator.role_on(site.id) is None:
        return None
    waits = (Comment.site_id == site.id, Comment.awaits.is_(True))
    count = db.scalar(select(func.count()).select_from(Comment).where(*waits)) or 0
    if count == 0:
        return None
    newest = db.scalars(
        select(Comment).where(*waits).order_by(Comment.created_at.desc(), Comment.id.desc()).limit(_SHOWN)
    )
    text, html = render(
        "waiting",
        name=moderator.name,
        site=site.name,
        count=count,
        comments=[_facts(db, comment) for comment in newest],
        link=f"{sender.public_url}/dashboard/",
    )
    subject = f"A comment waits on {site.name}" if count == 1 else f"{count} comments wait on {site.name}"
    return Letter(
        id=notice.id,
        name=moderator.name,
        address=moderator.email,
        subject=subject,
        text=text,
        html=html,
        sent_at=now,
    )


def _facts(db: Session, comment: Comment) -> dict[str, str]:
    version = db.get_one(Version, (comment.id, comment.latest))
    body = version.body if len(version.body) <= _EXCERPT else version.body[:_EXCERPT].rstrip() + " …"
    return {"name": comment.person.name, "page": comment.page.title or comment.page.key, "body": body}


kind = Kind(name="waiting", write=_write)
