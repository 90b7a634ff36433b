"""Tells somebody who asked for it that a comment was published on a page."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.foundation.tickets import write_ticket
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Comment, Notice, Person, Status, Subscription, Version

_UNSUBSCRIBE_VALID = timedelta(days=365)


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    comment = db.get(Comment, notice.comment_id) if notice.comment_id else None
    reader = db.get(Person, notice.person_id) if notice.person_id else None
    # An approval that was taken back before the mail went out is told to nobody.
    if comment is None or comment.status is not Status.approved or comment.shown is None or reader is None:
        return None
    subscription = db.get(Subscription, (comment.page_id, reader.id))
    if subscription is None or subscription.confirmed_at is None or subscription.ended_at is not None:
        return None
    if not reader.email or not reader.email_verified:
        return None
    page, shown = comment.page, db.get_one(Version, (comment.id, comment.shown))
    subject = f"{page.id}~{reader.id}"
    ticket = write_ticket(sender.keys, "unsubscribe", subject, notice.created_at + _UNSUBSCRIBE_VALID)
    unsubscribe = f"{sender.public_url}/unsubscribe/{ticket}"
    title = page.public_title or page.site.name
    text, html = render(
        "new_comment",
        name=reader.name,
        writer=comment.person.name,
        title=title,
        body=shown.body,
        shown=shown.html,
        link=f"{page.url}#comment-{comment.id}",
        unsubscribe=unsubscribe,
    )
    return Letter(
        id=notice.id,
        name=reader.name,
        address=reader.email,
        subject=f"New comment on “{title}”",
        text=text,
        html=html,
        unsubscribe=unsubscribe,
        sent_at=now,
    )


kind = Kind(name="new_comment", write=_write)
