"""Asks a comment's writer for changes, with a private link to a page where the text can be changed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.tickets import write_ticket
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.records import Action, Comment, Notice, Status

VALID: Final = timedelta(days=14)


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    action = db.get(Action, notice.details["action"])
    comment = db.get(Comment, notice.comment_id) if notice.comment_id else None
    expires_at = notice.created_at + VALID
    if action is None or comment is None or now >= expires_at:
        return None
    undone = db.scalar(select(Action.id).where(Action.undoes_id == action.id)) is not None
    if undone or comment.status not in (Status.waiting, Status.approved) or comment.latest != action.after["text"]:
        return None
    person = comment.person
    if not person.email or person.quiet_at is not None:
        return None
    link = f"{sender.public_url}/change/{write_ticket(sender.keys, 'change', action.id, expires_at)}"
    unsubscribe = f"{sender.public_url}/quiet/{write_ticket(sender.keys, 'quiet', person.id, expires_at)}"
    page = comment.page
    title = page.public_title or page.site.name
    facts = {"name": person.name, "site": page.site.name, "title": title, "reason": action.reason}
    text, html = render("ask_changes", **facts, link=link, unsubscribe=unsubscribe)
    return Letter(
        id=notice.id,
        name=person.name,
        address=person.email,
        subject=f"Your comment on “{title}”: please have another look",
        text=text,
        html=html,
        unsubscribe=unsubscribe,
        sent_at=now,
    )


kind = Kind(name="ask_changes", write=_write)
