"""Tells a webhook what happened to a comment, unless something else has happened to it since, of which it is told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter, NotDelivered, NotYet
from moderation.notifying.kind import Kind, Sender
from moderation.notifying.webhook_message import about, about_decision, message
from moderation.notifying.webhook_state import why_off
from moderation.records import Comment, Decision, Happening, Notice, Status, Webhook


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    webhook = db.get(Webhook, notice.webhook_id) if notice.webhook_id else None
    comment = db.get(Comment, notice.comment_id) if notice.comment_id else None
    event = notice.details.get("event", "")
    if webhook is None or comment is None or not event:
        return None
    if not webhook.enabled:
        reason = why_off(webhook)
        if reason is None:
            return None
        raise NotDelivered(reason, permanent=True)
    newest = _newest(db, comment)
    if not _is_news(notice, event, comment, newest):
        return None
    _let_be_taken_back(db, notice, newest, now)
    data = about(db, comment, sender)
    if event == Happening.decided and newest is not None:
        data["decision"] = about_decision(newest)
    return message(webhook, sender, notice_id=notice.id, event=event, at=notice.created_at, data=data, now=now)


def _newest(db: Session, comment: Comment) -> Decision | None:
    decisions = select(Decision).where(Decision.comment_id == comment.id)
    return db.scalar(decisions.order_by(Decision.version.desc()).limit(1))


def _is_news(notice: Notice, event: str, comment: Comment, newest: Decision | None) -> bool:
    """Tell whether what happened still stands; what came since has a notice of its own."""
    match event:
        case Happening.waiting:
            return comment.status is Status.waiting
        case Happening.decided:
            return newest is not None and newest.id == notice.details.get("decision")
        case Happening.edited:
            return comment.latest >= int(notice.details.get("number", 0))
        case Happening.reported:
            return comment.reported > 0
    return True


def _let_be_taken_back(db: Session, notice: Notice, newest: Decision | None, now: datetime) -> None:
    """Wait while the newest decision may be taken back before anybody is told: whatever is sent tells of it.

    Raises:
        NotYet: it may.
    """
    if newest is None or notice.details.get("decision") == newest.id:
        return
    key = f"decided:{newest.id}:{notice.webhook_id}"
    due_at = db.scalar(select(Notice.due_at).where(Notice.key == key, Notice.finished.is_(False), Notice.attempts == 0))
    if due_at is not None and due_at > now:
        raise NotYet(due_at)


kind = Kind(name="webhook", write=_write)
