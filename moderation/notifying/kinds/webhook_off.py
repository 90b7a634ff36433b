"""Tells an owner that a webhook was switched off by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.notifying.channel import Letter
from moderation.notifying.kind import Kind, Sender, render
from moderation.notifying.webhook_state import why_off
from moderation.records import Moderator, Notice, Role, Site, Webhook


def _write(db: Session, notice: Notice, sender: Sender, now: datetime) -> Letter | None:
    moderator = db.get(Moderator, notice.moderator_id) if notice.moderator_id else None
    webhook, site = db.get(Webhook, str(notice.details.get("webhook"))), db.get(Site, notice.site_id)
    if moderator is None or webhook is None or site is None or moderator.role_on(site.id) is not Role.owner:
        return None
    why = why_off(webhook)
    if why is None:
        # Somebody has switched it on again.
        return None
    text, html = render(
        "webhook_off",
        name=moderator.name,
        site=site.name,
        host=webhook.host,
        why=why,
        link=f"{sender.public_url}/dashboard/{site.key}/webhooks",
        undelivered=f"{sender.public_url}/dashboard/undelivered",
    )
    return Letter(
        id=notice.id,
        name=moderator.name,
        address=moderator.email,
        subject=f"A webhook of {site.name} is off",
        text=text,
        html=html,
        sent_at=now,
    )


kind = Kind(name="webhook_off", write=_write)
