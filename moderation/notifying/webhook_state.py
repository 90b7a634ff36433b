"""How webhooks fare: one call at a time, longer and longer pauses while one fails, and off when all is in vain."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import new_id
from moderation.notifying.next_try import next_try
from moderation.records import Membership, Notice, OffBecause, Role, Webhook

GIVES_UP_AFTER: Final = timedelta(days=5)
# Where nothing was tried for so long, what failed before says nothing about now.
_FORGETS_AFTER: Final = timedelta(days=1)
# After a failure that lasted so long, what waits for another try need not wait longer.
_LONG: Final = timedelta(minutes=10)
_OFF: Final = {
    OffBecause.gone: "It answered that it wants nothing any more (410), so it was switched off.",
    OffBecause.failing: "It had taken nothing for five days, so it was switched off.",
}


def why_off(webhook: Webhook) -> str | None:
    """Return why a webhook was switched off by itself, None where it was not."""
    return _OFF[webhook.off_because] if webhook.off_because and not webhook.enabled else None


def first_of_each(*due: ColumnElement[bool], now: datetime, proven: bool | None = None) -> Select[str]:
    """Return the first due notice of each webhook that may be called now.

    Those to webhooks that took what they were sent last are kept apart from all others, so that no number of bad ones
    holds them up. Nothing is sent to one that is being called, or that is to be left alone for a while. What waits
    for these is not even looked at, however much it is.

    Args:
        due: what is due, in terms of ``Notice``.
        proven: only webhooks that took what they were sent last, or only others.
    """
    mine = select(Notice.id).where(Notice.webhook_id == Webhook.id, *due)
    first = mine.order_by(Notice.due_at, Notice.id).limit(1).correlate(Webhook).scalar_subquery()
    free = [or_(until.is_(None), until <= now) for until in (Webhook.busy_until, Webhook.next_at)]
    good = and_(Webhook.worked_at.is_not(None), Webhook.failing_since.is_(None))
    asked = () if proven is None else (good,) if proven else (~good,)
    return select(first).select_from(Webhook).where(*free, *asked)


def not_paused(now: datetime) -> ColumnElement[bool]:
    """Return which notices do not wait for a webhook that fails."""
    paused = select(Webhook.id).where(Webhook.next_at > now)
    return or_(Notice.webhook_id.is_(None), Notice.webhook_id.not_in(paused))


def begin(db: Session, webhook_id: str, *, now: datetime, until: datetime) -> bool:
    """Take a webhook for one call; tell whether it could be taken. One that is not there any more can."""
    free = or_(Webhook.busy_until.is_(None), Webhook.busy_until <= now)
    taken = update(Webhook).where(Webhook.id == webhook_id, free).values(busy_until=until).returning(Webhook.id)
    return db.scalar(taken) is not None or db.get(Webhook, webhook_id) is None


def end(db: Session, webhook_id: str) -> None:
    """Let others call a webhook, of which nothing new is known."""
    db.execute(update(Webhook).where(Webhook.id == webhook_id).values(busy_until=None))


def worked(db: Session, webhook_id: str, *, now: datetime) -> None:
    """Note that a webhook took something; what waited because it failed goes on at once."""
    webhook = db.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if webhook is None:
        return
    failed_long = webhook.failing_since is not None and webhook.failing_since <= now - _LONG
    webhook.busy_until, webhook.worked_at = None, now
    webhook.failing_since = webhook.failed_at = webhook.next_at = webhook.problem = None
    webhook.failures = 0
    if failed_long:
        again = update(Notice).where(_waiting(webhook_id), Notice.attempts > 0, Notice.due_at > now)
        db.execute(again.values(due_at=now))


def failed(
    db: Session, webhook_id: str, problem: str, *, gone: bool, wait: timedelta, now: datetime, chance: float
) -> bool:
    """Note that a webhook failed, and leave it alone for a while; tell whether it is off now.

    Args:
        problem: a sentence for its owner.
        gone: it wants nothing any more.
        wait: it asked to be left alone for so long.
        chance: from 0 to 1.
    """
    webhook = db.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if webhook is None:
        return False
    webhook.busy_until = None
    if not webhook.enabled:
        return webhook.off_because is not None
    if webhook.failing_since is None or webhook.failed_at is None or webhook.failed_at < now - _FORGETS_AFTER:
        webhook.failing_since, webhook.failures = now, 0
    webhook.failures += 1
    webhook.failed_at, webhook.problem = now, problem[:500]
    webhook.next_at = now + max(next_try(webhook.failures, chance), wait)
    if gone:
        _switch_off(db, webhook, OffBecause.gone, now)
    elif webhook.failing_since <= now - GIVES_UP_AFTER:
        _switch_off(db, webhook, OffBecause.failing, now)
    return not webhook.enabled


def _switch_off(db: Session, webhook: Webhook, because: OffBecause, now: datetime) -> None:
    """Switch a webhook off, give up what waits for it, and tell the owners of its site."""
    webhook.enabled, webhook.off_because, webhook.off_at, webhook.next_at = False, because, now, None
    given_up = update(Notice).where(_waiting(webhook.id))
    db.execute(given_up.values(finished=True, dead_at=now, problem=_OFF[because]))
    owners = select(Membership.moderator_id).where(Membership.site_id == webhook.site_id, Membership.role == Role.owner)
    for moderator_id in db.scalars(owners).all():
        row: dict[str, Any] = {"kind": "webhook_off", "channel": "mail", "moderator_id": moderator_id}
        row |= {"id": new_id("n", now), "key": f"webhook_off:{webhook.id}:{now.isoformat()}:{moderator_id}"}
        insert_missing(
            db, Notice, **row, site_id=webhook.site_id, details={"webhook": webhook.id}, created_at=now, due_at=now
        )


def _waiting(webhook_id: str) -> ColumnElement[bool]:
    """Return which notices wait for a webhook and are not being sent.

    One that a worker takes at this moment is left out: it waits for the webhook, which is locked here.
    """
    mine = select(Notice.id).where(Notice.webhook_id == webhook_id, Notice.finished.is_(False), Notice.lease.is_(None))
    return Notice.id.in_(mine.with_for_update(skip_locked=True))
