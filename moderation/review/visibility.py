"""Keeps what readers can see in step with a decision: places held, answers counted, the page's revision."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.records import Comment, Decision, Page, Status


def settle(db: Session, comment: Comment, decision: Decision) -> None:
    """Bring the counts of a comment's ancestors and page in step with a decision just made on it.

    An unapproved comment keeps its place while an answer below it is visible. The walk up ends at the first ancestor
    whose visibility does not change, so a deep thread costs no more than a shallow one, but for the first answer
    approved there.
    """
    _show_or_hide(db, comment)
    change = (decision.after is Status.approved) - (decision.before is Status.approved)
    if change or decision.shown_before != decision.shown_after:
        changes: dict[str, Any] = {"approved": Page.approved + change, "revision": Page.revision + 1}
        if change > 0:
            changes["titled_at"] = func.coalesce(Page.titled_at, decision.created_at)
        db.execute(update(Page).where(Page.id == comment.page_id).values(changes))


def _show_or_hide(db: Session, comment: Comment) -> None:
    changed = 0
    step = comment
    while step.visible != (visible := step.status is Status.approved or step.answers > 0):
        step.visible = visible
        if step.parent_id is None:
            break
        changed += 1 if visible else -1
        db.flush()
        step = _locked(db, step.parent_id)
        step.answers += 1 if visible else -1
    db.flush()
    if changed:
        db.execute(update(Comment).where(Comment.id == comment.root_id).values(below=Comment.below + changed))


def _locked(db: Session, comment_id: str) -> Comment:
    query = select(Comment).where(Comment.id == comment_id).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).one()
