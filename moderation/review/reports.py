"""Settles readers' reports about a comment with a decision, and opens them again when it is taken back."""

from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from moderation.records import Comment, DecidedBy, Decision, Report, Status


def settle_reports(db: Session, comment: Comment, decision: Decision) -> None:
    """Bring the reports of a locked comment in step with a decision just made on it.

    A moderator's decision settles them, and so does whatever takes the comment out of readers' sight.
    """
    if decision.undoes_id is not None:
        comment.reported += _move(db, comment, before=decision.undoes_id, after=None)
    elif comment.reported and (decision.by is DecidedBy.moderator or decision.after is not Status.approved):
        _move(db, comment, before=None, after=decision.id)
        comment.reported = 0


def _move(db: Session, comment: Comment, *, before: str | None, after: str | None) -> int:
    reports = update(Report).where(Report.comment_id == comment.id, Report.decision_id == before)
    return cast("CursorResult[Any]", db.execute(reports.values(decision_id=after))).rowcount
