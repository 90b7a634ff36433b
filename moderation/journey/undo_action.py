"""Takes an action back for a moderator; where thousands of decisions came of it, the worker goes on with them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.foundation.tokens import new_id
from moderation.notifying import announce
from moderation.records import Batch, Comment, Moderator, Status
from moderation.review.undo import AT_ONCE, TakenBack, decided_by
from moderation.review.undo import undo_action as take_back


def undo_action(
    db: Session, action_id: str, *, moderator: Moderator, now: datetime, at_once: int = AT_ONCE
) -> tuple[TakenBack, Batch | None]:
    """Take an action back with a first turn of its decisions; return that, and the batch of what is left.

    Raises:
        Missing: no such action on a site of this moderator's.
        NotAllowed: it takes an owner.
        Conflict: ``already`` taken back, ``changed`` since, or ``begun`` and not done yet.
        Refused: how it was before cannot be any more.
    """
    at_work = select(Batch).where(Batch.finished_at.is_(None)).with_for_update()
    begun = next((batch for batch in db.scalars(at_work) if action_id in batch.actions.values()), None)
    if begun and (begun.undoing_at or "banned" not in begun.wanted):
        raise Conflict("This is still at work. It can be undone as soon as it is done.", code="begun")
    turn = take_back(db, action_id, moderator=moderator, now=now, limit=at_once)
    if begun:
        # A ban of who wrote a lot: what is left of that is left alone.
        begun.finished_at = now
    for decision in turn.decisions:
        announce.decided(db, decision=decision, now=now, wait=timedelta())
    if turn.action.kind == "edit":
        comment = db.get_one(Comment, turn.action.subject_id)
        announce.amended(db, comment=comment, now=now, instead_of=turn.action.before["text"])
    return turn, _rest(db, turn, action_id, moderator, now) if turn.next else None


def _rest(db: Session, turn: TakenBack, action_id: str, moderator: Moderator, now: datetime) -> Batch:
    number = decided_by(db, {action_id})[action_id]
    batch = Batch(
        id=new_id("x", now),
        moderator_id=moderator.id,
        status=turn.decisions[0].before if turn.decisions else Status.waiting,
        wanted={},
        place={"after": turn.next},
        actions={turn.action.site_id: action_id},
        total=number,
        decided=number,
        undone=len(turn.decisions),
        kept=turn.skipped,
        undoing_at=now,
        created_at=now,
    )
    db.add(batch)
    db.flush()
    return batch
