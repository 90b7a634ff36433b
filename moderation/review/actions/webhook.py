"""Adds a webhook to a site, changes it, gives it a new secret, or removes it."""

import base64
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.records import Notice, Role, Webhook, host_of
from moderation.review.kind import Kind, State, Target

MOST: Final = 10
# A former secret signs for so long beside the new one.
BOTH_SIGN: Final = timedelta(days=1)


def _webhook(db: Session, target: Target, state: State) -> Webhook | None:
    found = db.get(Webhook, state["webhook"], with_for_update=True, populate_existing=True)
    if found is not None and found.site_id != target.site_id:
        raise Missing("There is no such webhook.")
    return found


def _read(db: Session, target: Target, like: State) -> State:
    known = _webhook(db, target, like)
    parts: dict[str, Any] = {"url": None, "happenings": None, "on": None, "secret": None}
    if known is not None:
        parts = {
            "url": known.url,
            "happenings": known.happenings,
            "on": known.enabled,
            "secret": base64.b64encode(known.secret).decode(),
        }
    return {
        # What it is called in the history, where its address is none of what changes.
        **{name: like[name] for name in ("webhook", "host")},
        **{name: value for name, value in parts.items() if name in like},
    }


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    known = _webhook(db, target, state)
    if state.get("url", "") is None:
        if known is not None:
            _remove(db, known, target)
    elif known is not None:
        _change(known, target, state)
    elif state.keys() >= {"url", "happenings", "on", "secret"}:
        _add(db, target, state)
    else:
        raise Missing("This webhook is not there any more.")
    db.flush()
    return state


def _add(db: Session, target: Target, state: State) -> None:
    there = select(func.count()).select_from(Webhook).where(Webhook.site_id == target.site_id)
    if (db.scalar(there) or 0) >= MOST:
        raise Refused(f"A site can have {MOST} webhooks. Remove one first.", field="url")
    made = {"happenings": state["happenings"], "secret": base64.b64decode(state["secret"]), "enabled": state["on"]}
    row = {"id": state["webhook"], "site_id": target.site_id, "url": state["url"], "created_at": target.now}
    db.add(Webhook(**row, **made))


def _change(known: Webhook, target: Target, state: State) -> None:
    if state.get("url", known.url) != known.url:
        known.url, known.worked_at = state["url"], None
        _forget_failures(known)
    if "happenings" in state:
        known.happenings = state["happenings"]
    if "on" in state:
        known.enabled, known.off_because, known.off_at = state["on"], None, None
        _forget_failures(known)
    if "secret" in state:
        known.former_secret, known.former_until = known.secret, target.now + BOTH_SIGN
        known.secret = base64.b64decode(state["secret"])


def _forget_failures(known: Webhook) -> None:
    """Begin anew, since what failed before says nothing about how it is now."""
    known.failing_since = known.failed_at = known.next_at = known.problem = None
    known.failures = 0


def _remove(db: Session, known: Webhook, target: Target) -> None:
    left = select(Notice.id).where(Notice.webhook_id == known.id, Notice.finished.is_(False))
    # What a worker takes at this moment waits for the webhook, which is locked here; it is dropped later.
    waiting = update(Notice).where(Notice.id.in_(left.with_for_update(skip_locked=True)))
    db.execute(waiting.values(finished=True, dropped_at=target.now))
    # Given up before: there is nobody any more to send it to.
    dead = update(Notice).where(Notice.webhook_id == known.id, Notice.dead_at.is_not(None))
    db.execute(dead.where(Notice.dropped_at.is_(None)).values(dropped_at=target.now))
    db.delete(known)


def _tell(before: State, after: State) -> str:
    url = after.get("url") or before.get("url")
    host = host_of(url) if url else after["host"]
    return f"{_did(before, after)} the webhook to {host} of"


def _did(before: State, after: State) -> str:
    if "url" in after and after["url"] is None:
        return "removed"
    if before.get("url", "") is None:
        return "added"
    if after.keys() == {"webhook", "host", "secret"}:
        return "set another secret for"
    if after.keys() == {"webhook", "host", "on"}:
        return "switched on" if after["on"] else "switched off"
    return "changed"


webhook = Kind(
    name="webhook",
    subject="site",
    role=Role.owner,
    sensitive=lambda _before: True,
    read=_read,
    write=_write,
    tell=_tell,
    example={
        "webhook": "w_0000000000000000000000",
        "host": "hooks.example",
        "url": "https://hooks.example/comments",
        "happenings": ["comment.decided"],
        "on": True,
        "secret": "c2VhbGVk",
    },
)
