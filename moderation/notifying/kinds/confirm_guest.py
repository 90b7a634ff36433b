"""Asks a guest to confirm the e-mail address under a comment."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from moderation.foundation.tickets import write_ticket
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Comment, Notice, Status, Subscription

_VALID = timedelta(days=7)


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    comment = db.get(Comment, notice.comment_id) if notice.comment_id else None
    expires_at = notice.created_at + _VALID
    # Spam and what was taken down does not deserve a mail, least of all to an address that somebody else typed.
    if comment is None or comment.status not in (Status.waiting, Status.approved) or now >= expires_at:
        return None
    person, page = comment.person, comment.page
    if not person.is_guest or person.issuer is not None or not person.email:
        return None
    subscription = db.get(Subscription, (page.id, person.id))
    wished = subscription is not None and subscription.ended_at is None
    unsubscribe = None
    if wished:
        subject = f"{page.id}~{person.id}"
        unsubscribe = f"{sender.public_url}/unsubscribe/{write_ticket(sender.keys, 'unsubscribe', subject, expires_at)}"
    link = f"{sender.public_url}/confirm/{write_ticket(sender.keys, 'confirm_guest', comment.id, expires_at)}"
    site, host = page.site.name, page.url.split("/")[2]
    text, html = render(
        "confirm_guest", name=person.name, site=site, host=host, link=link, wished=wished, unsubscribe=unsubscribe
    )
    return Letter(
        id=notice.id,
        name=person.name,
        address=person.email,
        subject=f"Please confirm your comment on {site}",
        text=text,
        html=html,
        unsubscribe=unsubscribe,
        sent_at=now,
    )


kind = Kind(name="confirm_guest", write=_write)
