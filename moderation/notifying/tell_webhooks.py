"""Writes down which webhooks must be told what happened to a comment, in the transaction in which it happened."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, true
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.foundation.prepared import Prepared
from moderation.foundation.tokens import new_id
from moderation.records import Comment, DecidedBy, Decision, Happening, Notice, Webhook

# What a session knows when somebody is to be told of something that happened in it.
WRITTEN: Final = "notices were written"
_LISTENING: Final = Prepared(
    select(Webhook.id, Webhook.happenings).where(Webhook.site_id == bindparam("site_id"), Webhook.enabled.is_(true()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What is to be told.

    Args:
        key: tells it from all other news; to tell it twice is to tell it once.
        takes_back: the key of the news that this one takes back.
    """

    happening: Happening
    key: str
    due_at: datetime
    details: dict[str, Any] = field(default_factory=dict)
    takes_back: str | None = None


def waits(db: Session, comment: Comment, *, now: datetime) -> None:
    """Tell of a new comment that waits."""
    _tell(db, comment, _News(happening=Happening.waiting, key=f"waiting:{comment.id}", due_at=now), now)


def edited(
    db: Session, comment: Comment, *, now: datetime, wait: timedelta = timedelta(), instead_of: int | None = None
) -> None:
    """Tell that another text of a comment stands.

    Args:
        wait: how long that may be taken back before anybody is told.
        instead_of: the number of a moderator's text that was taken back, or put back.
    """
    key = f"edited:{comment.id}:{comment.latest}"
    news = _News(
        happening=Happening.edited,
        # A text that comes back is told of again.
        key=key if instead_of is None else f"{key}:{comment.version}",
        due_at=now + wait,
        details={"number": comment.latest},
        takes_back=None if instead_of is None else f"edited:{comment.id}:{instead_of}",
    )
    _tell(db, comment, news, now)


def decided(db: Session, decision: Decision, *, now: datetime, wait: timedelta) -> None:
    """Tell of a decision; of one that takes back what nobody was told of yet, nobody is told either.

    Args:
        wait: how long it may be taken back before anybody is told.
    """
    comment = db.get_one(Comment, decision.comment_id)
    if decision.by is DecidedBy.writer:
        withdrawn(db, comment, now=now)
        return
    news = _News(
        happening=Happening.decided,
        key=f"decided:{decision.id}",
        due_at=now + wait,
        details={"decision": decision.id},
        takes_back=f"decided:{decision.undoes_id}" if decision.undoes_id else None,
    )
    _tell(db, comment, news, now)


def withdrawn(db: Session, comment: Comment, *, now: datetime) -> None:
    """Tell that a comment's writer took it back."""
    _tell(db, comment, _News(happening=Happening.withdrawn, key=f"withdrawn:{comment.id}", due_at=now), now)


def reported(db: Session, comment: Comment, *, now: datetime) -> None:
    """Tell that a reader reported a comment."""
    _tell(db, comment, _News(happening=Happening.reported, key=f"reported:{new_id('n', now)}", due_at=now), now)


def _tell(db: Session, comment: Comment, news: _News, now: datetime) -> None:
    for webhook_id in _listening(db, comment.site_id, news.happening):
        if news.takes_back is not None and _nobody_knows(db, f"{news.takes_back}:{webhook_id}", webhook_id, news):
            continue
        written = insert_missing(
            db,
            Notice,
            id=new_id("n", now),
            key=f"{news.key}:{webhook_id}",
            channel="webhook",
            kind="webhook",
            site_id=comment.site_id,
            comment_id=comment.id,
            webhook_id=webhook_id,
            details={"event": news.happening.value, **news.details},
            created_at=now,
            due_at=news.due_at,
        )
        if written:
            db.info[WRITTEN] = True


def _listening(db: Session, site_id: str, happening: Happening) -> Iterator[str]:
    for webhook_id, happenings in _LISTENING(db, site_id=site_id):
        if happening in happenings:
            yield webhook_id


def _nobody_knows(db: Session, key: str, webhook_id: str, news: _News) -> bool:
    """Tell whether what is taken back was not told to a webhook yet, and what it was told before is true again.

    The notice is locked, so that a worker that is about to send it reads the state after our commit.
    """
    query = select(Notice).where(Notice.key == key).with_for_update()
    notice = db.scalar(query.execution_options(populate_existing=True))
    if notice is None or notice.attempts or notice.finished:
        return False
    return news.happening is not Happening.decided or _knows_before(db, notice, webhook_id)


def _knows_before(db: Session, notice: Notice, webhook_id: str) -> bool:
    """Tell whether a webhook was told of the decision that stands again, or was never to be told of it."""
    query = select(Decision.id, Decision.undoes_id).where(Decision.comment_id == notice.comment_id)
    # Without the last two: one is taken back, by the other.
    before = db.execute(query.order_by(Decision.version.desc())).all()[2:]
    while before:
        (decision_id, undoes_id), *before = before
        known = db.scalar(select(Notice).where(Notice.key == f"decided:{decision_id}:{webhook_id}"))
        if known is not None:
            return known.sent_at is not None
        if undoes_id is None:
            return True
        # It was taken back before anybody was told, both ways: what came before counts.
        before = before[1:]
    return True
