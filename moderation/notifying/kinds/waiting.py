"""Tells a moderator that comments wait, with links to decide about each of them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter
from moderation.notifying.decide_link import VALID, Act, Wish, write_link
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Comment, Finding, Mailed, Moderator, Notice, Site, Version

_SHOWN = 10
_EXCERPT = 600
_OFFERED: Final = {
    Act.approve: "Approve",
    Act.reject: "Reject",
    Act.spam: "Spam",
    Act.answer: "Approve and answer",
}


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    moderator = db.get(Moderator, notice.moderator_id) if notice.moderator_id else None
    site = db.get(Site, notice.site_id)
    if moderator is None or site is None or moderator.role_on(site.id) is None:
        return None
    if moderator.mails.waiting is Mailed.never or site.id in moderator.mails.muted:
        return None
    waits = (Comment.site_id == site.id, Comment.awaits.is_(True))
    count = db.scalar(select(func.count()).select_from(Comment).where(*waits)) or 0
    if count == 0:
        return None
    oldest = db.scalars(select(Comment).where(*waits).order_by(Comment.created_at, Comment.id).limit(_SHOWN)).all()
    text, html = render(
        "waiting",
        name=moderator.name,
        site=site.name,
        count=count,
        comments=[_facts(db, comment, moderator, sender, now) for comment in oldest],
        more=count - len(oldest),
        link=f"{sender.public_url}/dashboard/{site.key}/queue",
        wishes=f"{sender.public_url}/dashboard/account/mails",
        days=VALID.days,
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


def _facts(db: Session, comment: Comment, moderator: Moderator, sender: Sender, now: datetime) -> dict[str, Any]:
    version = db.get_one(Version, (comment.id, comment.latest))
    body = version.body if len(version.body) <= _EXCERPT else version.body[:_EXCERPT].rstrip() + " …"
    findings = select(Finding.sentence).where(Finding.comment_id == comment.id, Finding.number == comment.latest)
    wishes = (Wish(act=act, comment_id=comment.id, seen=comment.version, moderator_id=moderator.id) for act in _OFFERED)
    return {
        "name": comment.person.name,
        "is_guest": comment.person.is_guest,
        "page": comment.page.title or comment.page.key,
        "body": body,
        "edited": comment.edit_waits,
        "why": db.scalars(findings.where(Finding.counted.is_(True)).order_by(Finding.id)).all(),
        "acts": [
            (_OFFERED[wish.act], write_link(sender.keys, wish, public_url=sender.public_url, now=now))
            for wish in wishes
        ],
    }


kind = Kind(name="waiting", write=_write)
