"""What a webhook is sent: how a comment stands at this moment, signed; and nothing that readers may not see."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from moderation.foundation.tokens import new_id
from moderation.notifying.channel import Letter
from moderation.notifying.kind import Sender
from moderation.notifying.webhook import signed
from moderation.records import Comment, Decision, Page, Person, Site, Status, Version, Webhook

TEST: Final = "webhook.test"


def message(
    webhook: Webhook, sender: Sender, *, notice_id: str, event: str, at: datetime, data: dict[str, Any], now: datetime
) -> Letter:
    """Return a message to a webhook, signed.

    Source: Standard Webhooks 1.0.0, "Payload structure".

    Args:
        at: when it happened.
    """
    content = {"type": event, "timestamp": _moment(at), "data": data}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    headers = signed(webhook, sender.keys, notice_id=notice_id, body=body, now=now)
    address = {"name": "", "address": webhook.url, "subject": "", "html": ""}
    return Letter(id=notice_id, **address, text=body, headers=headers, sent_at=now)


def test_message(webhook: Webhook, site: Site, sender: Sender, *, now: datetime) -> Letter:
    """Return a message that speaks of no comment, to find out whether a webhook works."""
    return message(webhook, sender, notice_id=new_id("n", now), event=TEST, at=now, data={"site": site.key}, now=now)


def about(db: Session, comment: Comment, sender: Sender) -> dict[str, Any]:
    """Return how a comment stands; who wrote what is said of an approved one only, and an e-mail address never."""
    shown = db.get_one(Version, (comment.id, comment.shown)) if comment.shown is not None else None
    is_public = comment.status is Status.approved and shown is not None
    page = comment.page
    return {
        "site": page.site.key,
        "page": _page(page),
        "comment": {
            "id": comment.id,
            "version": comment.version,
            "status": comment.status.value,
            "waits": comment.awaits,
            "reports": comment.reported,
            "parent": comment.parent_id,
            "created_at": _moment(comment.created_at),
            "edited_at": _moment(shown.created_at) if is_public and shown and shown.number > 1 else None,
            "author": _author(comment.person) if is_public else None,
            "html": shown.html if is_public and shown else None,
            "url": f"{page.url}#comment-{comment.id}" if is_public else None,
            "dashboard": f"{sender.public_url}/dashboard/comments/{comment.id}",
        },
    }


def about_decision(decision: Decision) -> dict[str, Any]:
    """Return what was decided, and by whom in general; a moderator's reason may quote the comment, and stays here."""
    return {
        "id": decision.id,
        "before": decision.before.value,
        "after": decision.after.value,
        "by": decision.by.value,
        "at": _moment(decision.created_at),
    }


def _page(page: Page) -> dict[str, Any]:
    return {"key": page.key, "url": page.url, "title": page.public_title, "revision": page.revision}


def _author(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "url": person.url, "provider": person.provider}


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
