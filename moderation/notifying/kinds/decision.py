"""Tells a comment's writer what was decided about it, and the moderator's reason."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.tickets import write_ticket
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Comment, Decision, Notice, Person, Subscription

_VALID = timedelta(days=365)


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    decision = db.get(Decision, notice.details["decision"])
    comment = db.get(Comment, notice.comment_id) if notice.comment_id else None
    if decision is None or comment is None or not decision.reason or decision.id != _newest(db, comment):
        # Taken back, or decided otherwise, before the mail went out.
        return None
    person = comment.person
    if not person.email or not wants_letters(db, person, comment.page_id):
        return None
    ticket = write_ticket(sender.keys, "quiet", person.id, notice.created_at + _VALID)
    unsubscribe = f"{sender.public_url}/quiet/{ticket}"
    facts = {"name": person.name, "site": comment.page.site.name, "url": comment.page.url, "reason": decision.reason}
    title = comment.page.public_title or comment.page.site.name
    text, html = render("decision", **facts, title=title, unsubscribe=unsubscribe)
    return Letter(
        id=notice.id,
        name=person.name,
        address=person.email,
        subject=f"About your comment on “{title}”",
        text=text,
        html=html,
        unsubscribe=unsubscribe,
        sent_at=now,
    )


def _newest(db: Session, comment: Comment) -> str | None:
    newest = select(Decision.id).where(Decision.comment_id == comment.id).order_by(Decision.version.desc()).limit(1)
    return db.scalar(newest)


def wants_letters(db: Session, person: Person, page_id: str) -> bool:
    """Tell whether a person may be written to about their own comments on a page.

    Anybody can type anybody's address; until it is confirmed, only who wished for mails from the page gets one.
    """
    if person.quiet_at is not None:
        return False
    if person.email_verified:
        return True
    wished = select(Subscription.page_id).where(
        Subscription.page_id == page_id, Subscription.person_id == person.id, Subscription.ended_at.is_(None)
    )
    return db.scalar(wished) is not None


kind = Kind(name="decision", write=_write)
