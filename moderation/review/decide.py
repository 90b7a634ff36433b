"""Changes a comment's status: the only place that does, and every change is a decision."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing
from moderation.foundation.tokens import new_id
from moderation.records import Comment, DecidedBy, Decision, Status
from moderation.review.known import settle_likes
from moderation.review.reports import settle_reports
from moderation.review.visibility import settle

_REVIEWED = frozenset({Status.waiting, Status.approved, Status.rejected, Status.spam})
_MOVES: dict[DecidedBy, dict[Status, frozenset[Status]]] = {
    DecidedBy.moderator: {status: _REVIEWED - {status} for status in _REVIEWED},
    DecidedBy.screening: {Status.waiting: frozenset({Status.approved, Status.spam})},
    DecidedBy.writer: {status: frozenset({Status.withdrawn}) for status in _REVIEWED},
    DecidedBy.importer: {Status.waiting: frozenset(Status) - {Status.waiting}},
}


def may_move(by: DecidedBy, before: Status, after: Status) -> bool:
    """Tell whether somebody may take a comment from one status to another."""
    return after in _MOVES[by].get(before, frozenset())


def decide(
    db: Session,
    comment_id: str,
    status: Status,
    *,
    by: DecidedBy,
    now: datetime,
    moderator_id: str | None = None,
    reason: str = "",
    seen: int | None = None,
    action_id: str | None = None,
    told: bool = False,
) -> Decision:
    """Give a comment a status, and write down who did it and why.

    Approving shows the newest text, so an approved comment whose edit waits may be approved again; so may one that
    readers have reported, which settles the reports.

    Args:
        seen: the comment's version that the decision is about; None for whichever stands.
        action_id: the action that the decision is part of.
        told: the reason is for the writer.

    Raises:
        Missing: no such comment.
        Conflict: ``changed`` since it was seen, ``already`` so, or ``closed`` to this move.
    """
    comment = locked(db, comment_id)
    approves_again = _approves_again(comment, status, by)
    if comment.status is status and not approves_again:
        # Whoever wanted just that need not be told of a conflict.
        raise Conflict(f"This comment is {status.value} already.", code="already")
    if seen is not None and seen != comment.version:
        raise Conflict("This comment has changed since you looked at it.", code="changed")
    if not approves_again and not may_move(by, comment.status, status):
        raise Conflict(f"A {comment.status.value} comment cannot become {status.value}.", code="closed")
    shown = comment.latest if status is Status.approved else None
    return _write(
        db,
        comment,
        status,
        shown,
        by=by,
        now=now,
        moderator_id=moderator_id,
        reason=reason,
        told=told,
        action_id=action_id,
    )


def take_back(
    db: Session, decision: Decision, *, now: datetime, moderator_id: str | None, action_id: str | None = None
) -> Decision:
    """Undo a decision by a new one, if none came after it.

    Raises:
        Conflict: ``changed`` when the comment was decided since, ``closed`` for a writer's own withdrawal.
    """
    comment = locked(db, decision.comment_id)
    newest = select(Decision.id).where(Decision.comment_id == comment.id).order_by(Decision.version.desc()).limit(1)
    if db.scalar(newest) != decision.id:
        raise Conflict("This comment has been decided again since.", code="changed")
    if decision.by is DecidedBy.writer:
        raise Conflict("The writer has withdrawn this comment.", code="closed")
    return _write(
        db,
        comment,
        decision.before,
        decision.shown_before,
        by=DecidedBy.moderator,
        now=now,
        moderator_id=moderator_id,
        undoes_id=decision.id,
        action_id=action_id,
    )


def locked(db: Session, comment_id: str) -> Comment:
    """Return a comment as it stands now; nobody else changes it before this transaction ends.

    Raises:
        Missing: no such comment.
    """
    query = select(Comment).where(Comment.id == comment_id).with_for_update()
    comment = db.scalar(query.execution_options(populate_existing=True))
    if comment is None:
        raise Missing("There is no such comment.")
    return comment


def _approves_again(comment: Comment, status: Status, by: DecidedBy) -> bool:
    if not status is Status.approved is comment.status:
        return False
    return (comment.edit_waits and by is not DecidedBy.writer) or (comment.reported > 0 and by is DecidedBy.moderator)


def _write(
    db: Session,
    comment: Comment,
    status: Status,
    shown: int | None,
    *,
    by: DecidedBy,
    now: datetime,
    moderator_id: str | None,
    reason: str = "",
    undoes_id: str | None = None,
    action_id: str | None = None,
    told: bool = False,
) -> Decision:
    decision = Decision(
        id=new_id("d", now),
        site_id=comment.site_id,
        comment_id=comment.id,
        before=comment.status,
        after=status,
        shown_before=comment.shown,
        shown_after=shown,
        version=comment.version + 1,
        by=by,
        moderator_id=moderator_id,
        reason=reason,
        told=told,
        undoes_id=undoes_id,
        action_id=action_id,
        created_at=now,
    )
    comment.status = status
    comment.shown = shown
    comment.awaits = status is Status.waiting or (status is Status.approved and shown != comment.latest)
    comment.version += 1
    db.add(decision)
    db.flush()
    settle_reports(db, comment, decision)
    settle(db, comment, decision)
    if (decision.before is Status.approved) is not (status is Status.approved):
        settle_likes(db, comment.person_id)
    db.flush()
    return decision
