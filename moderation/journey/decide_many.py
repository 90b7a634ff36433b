"""Decides about many comments in one go, a piece at a time, and takes all of it back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing
from moderation.foundation.tokens import new_id
from moderation.notifying import announce
from moderation.records import Action, Batch, Comment, DecidedBy, Decision, Moderator, Status
from moderation.review.act import act
from moderation.review.decide import decide
from moderation.review.piece import Place, piece_of
from moderation.review.queue import Tab, Wanted, count
from moderation.review.sweep import sweep
from moderation.review.undo import undo_action

AT_ONCE: Final = 50
_MOST: Final = 10_000_000


def decide_many(
    db: Session,
    *,
    moderator: Moderator,
    status: Status,
    chosen: Sequence[tuple[str, int]] = (),
    wanted: Wanted | None = None,
    now: datetime,
) -> Batch:
    """Begin to decide about chosen comments, or about all that a filter shows now; ``go_on`` does the work.

    Args:
        chosen: ids, each with the version that was looked at.
    """
    batch = Batch(
        id=new_id("x", now),
        moderator_id=moderator.id,
        status=status,
        wanted=asdict(wanted) if wanted else {"chosen": [list(one) for one in chosen]},
        total=count(db, wanted, up_to=_MOST) if wanted else len(chosen),
        created_at=now,
    )
    db.add(batch)
    db.flush()
    return batch


def undo_many(db: Session, batch_id: str, *, moderator: Moderator, now: datetime) -> Batch:
    """Begin to take a batch back, wherever it is; comments decided since are left as they are.

    Raises:
        Missing: it is another's, or none.
        Conflict: ``already`` taken back.
    """
    batch = batch_of(db, batch_id, moderator=moderator)
    db.refresh(batch, with_for_update=True)
    if batch.undoing_at is not None:
        raise Conflict("This was undone already.", code="already")
    batch.undoing_at, batch.finished_at, batch.place = now, None, {}
    db.flush()
    return batch


def batch_of(db: Session, batch_id: str, *, moderator: Moderator) -> Batch:
    """Return a moderator's batch.

    Raises:
        Missing: it is another's, or none.
    """
    batch = db.get(Batch, batch_id)
    if batch is None or batch.moderator_id != moderator.id:
        raise Missing("There is no such selection.")
    return batch


def unfinished(db: Session) -> str | None:
    """Return the id of the oldest batch that is not done; only reads."""
    return db.scalar(select(Batch.id).where(Batch.finished_at.is_(None)).order_by(Batch.created_at).limit(1))


def go_on(db: Session, batch_id: str, *, now: datetime, wait: timedelta = timedelta(), at_once: int = AT_ONCE) -> Batch:
    """Decide about, or take back, a piece of a batch.

    Args:
        wait: how long a decision may be taken back before anybody is told of it.
    """
    batch = db.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)
    if batch.finished_at is not None:
        return batch
    moderator = db.get_one(Moderator, batch.moderator_id)
    if batch.undoing_at is not None:
        _take_back(db, batch, moderator, now, at_once)
    elif "banned" in batch.wanted:
        _sweep(db, batch, moderator, now, wait, at_once)
    else:
        _decide(db, batch, moderator, now, wait, at_once)
    db.flush()
    return batch


def quicker(db: Session, batch: Batch) -> tuple[str, ...]:
    """Return the names of the other moderators who decided on the batch's sites while it was at work."""
    others = select(Moderator.name).join(Decision, Decision.moderator_id == Moderator.id).distinct()
    meanwhile = (
        Decision.created_at >= batch.created_at,
        Decision.created_at <= (batch.finished_at or batch.created_at),
    )
    sites = batch.wanted.get("site_ids") or list(batch.actions)
    about = (Decision.site_id.in_(sites), Decision.moderator_id != batch.moderator_id)
    return tuple(db.scalars(others.where(*about, *meanwhile).order_by(Moderator.name).limit(3)))


def _decide(db: Session, batch: Batch, moderator: Moderator, now: datetime, wait: timedelta, at_once: int) -> None:
    piece, is_last = _piece(db, batch, at_once)
    for comment_id, seen in piece:
        comment = db.get(Comment, comment_id)
        if comment is None or moderator.role_on(comment.site_id) is None:
            batch.passed += 1
            continue
        try:
            decision = decide(
                db,
                comment_id,
                batch.status,
                by=DecidedBy.moderator,
                moderator_id=moderator.id,
                seen=seen,
                action_id=_action(db, batch, moderator, comment.site_id, now),
                now=now,
            )
        except Conflict:
            batch.passed += 1
            continue
        batch.decided += 1
        announce.decided(db, decision=decision, now=now, wait=wait)
    if is_last:
        batch.finished_at = now


def _sweep(db: Session, batch: Batch, moderator: Moderator, now: datetime, wait: timedelta, at_once: int) -> None:
    action = db.get_one(Action, batch.wanted["banned"])
    if moderator.role_on(action.site_id) is None:
        batch.finished_at = now
        return
    turn = sweep(db, action, batch.status, now=now, after=batch.place["after"], limit=at_once)
    for decision in turn.decisions:
        announce.decided(db, decision=decision, now=now, wait=wait)
    batch.decided += len(turn.decisions)
    batch.place = {"after": turn.next}
    if turn.next is None:
        batch.finished_at = now


def _piece(db: Session, batch: Batch, at_once: int) -> tuple[list[tuple[str, int | None]], bool]:
    """Return the next comments, and whether none come after them; note where those begin."""
    if "chosen" in batch.wanted:
        start, chosen = batch.place.get("at", 0), batch.wanted["chosen"]
        end = start + at_once
        batch.place = {"at": end}
        return [(comment_id, seen) for comment_id, seen in chosen[start:end]], end >= len(chosen)
    values = {**batch.wanted, "tab": Tab(batch.wanted["tab"]), "site_ids": tuple(batch.wanted["site_ids"])}
    piece = piece_of(db, Wanted(**values), after=_place(batch), limit=at_once)
    # What came after the button was pressed, nobody has seen.
    found: list[tuple[str, int | None]] = [
        (one.comment_id, None) for one in piece.found if one.created_at <= batch.created_at
    ]
    if isinstance(piece.next, int):
        batch.place = {"number": piece.next}
        return found, False
    if piece.next is None or piece.next[0] > batch.created_at:
        return found, True
    batch.place = {"at": piece.next[0].isoformat(), "id": piece.next[1]}
    return found, False


def _place(batch: Batch) -> Place | None:
    if "number" in batch.place:
        return int(batch.place["number"])
    return (datetime.fromisoformat(batch.place["at"]), batch.place["id"]) if batch.place else None


def _action(db: Session, batch: Batch, moderator: Moderator, site_id: str, now: datetime) -> str:
    known: str | None = batch.actions.get(site_id)
    if known is None:
        wanted = {"status": batch.status.value}
        known = act(db, "many", moderator=moderator, subject_id=site_id, wanted=wanted, now=now).id
        batch.actions = {**batch.actions, site_id: known}
    return known


def _take_back(db: Session, batch: Batch, moderator: Moderator, now: datetime, at_once: int) -> None:
    left = [action_id for action_id in batch.actions.values() if action_id not in batch.place.get("done", [])]
    if not left:
        batch.finished_at = now
        return
    try:
        turn = undo_action(db, left[0], moderator=moderator, now=now, after=batch.place.get("after"), limit=at_once)
    except (Conflict, Missing):
        # Taken back from the history, or not this moderator's site any more.
        batch.place = {"done": [*batch.place.get("done", []), left[0]]}
        return
    for decision in turn.decisions:
        announce.decided(db, decision=decision, now=now, wait=timedelta())
    batch.undone += len(turn.decisions)
    batch.kept += turn.skipped
    done = batch.place.get("done", [])
    batch.place = {"done": done, "after": turn.next} if turn.next else {"done": [*done, left[0]]}
    if not turn.next and len(left) == 1:
        batch.finished_at = now
