"""Keeps what readers can see in step with a decision: places held, answers counted, the page's revision."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from moderation.records import Comment, Decision, Page, Status


def settle(db: Session, comment: Comment, decision: Decision) -> None:
    """Bring the counts of a comment's ancestors and page in step with a decision just made on it.

    An unapproved comment keeps its place while an answer below it is visible. The walk up ends at the first ancestor
    whose visibility does not change, so a deep thread costs no more than a shallow one, but for the first answer
    approved there and the last one hidden: these change all above at once.
    """
    _show_or_hide(db, comment)
    change = (decision.after is Status.approved) - (decision.before is Status.approved)
    if change or decision.shown_before != decision.shown_after:
        changes: dict[str, Any] = {"approved": Page.approved + change, "revision": Page.revision + 1}
        if change > 0:
            changes["titled_at"] = func.coalesce(Page.titled_at, decision.created_at)
        db.execute(update(Page).where(Page.id == comment.page_id).values(changes))


def _show_or_hide(db: Session, comment: Comment) -> None:
    visible = comment.status is Status.approved or comment.answers > 0
    if comment.visible is visible:
        return
    comment.visible = visible
    db.flush()
    if comment.parent_id is None:
        return
    follow = _follows(Comment, visible=visible)
    one = 1 if visible else -1
    above = _above(comment.parent_id, visible=visible)
    # Itself, and who changes with it; a root is not below anything.
    changed = 1 + sum(follows and not is_root for follows, is_root in _held(db, above))
    shown, inside = case((follow, literal(visible)), else_=Comment.visible), Comment.id.in_(select(above.c.id))
    fetch = {"synchronize_session": "fetch"}
    moved = update(Comment).where(inside).values(answers=Comment.answers + one, visible=shown)
    db.execute(moved, execution_options=fetch)
    below = update(Comment).where(Comment.id == comment.root_id).values(below=Comment.below + one * changed)
    db.execute(below, execution_options=fetch)


def _follows(comment: Any, *, visible: bool) -> ColumnElement[bool]:
    """Return the condition that a comment appears with an answer to it, or vanishes with the last one."""
    follows: ColumnElement[bool] = comment.visible.is_(False)
    return follows if visible else and_(comment.status != Status.approved, comment.answers == 1)


def _above(parent_id: str, *, visible: bool) -> CTE:
    """Return the ancestors whose count of answers changes: from the parent up to the first that does not follow."""
    columns = (Comment.id, Comment.parent_id, _follows(Comment, visible=visible).label("follows"))
    above = select(*columns).where(Comment.id == parent_id).cte("above", recursive=True)
    up = aliased(Comment)
    further = select(up.id, up.parent_id, _follows(up, visible=visible)).where(
        up.id == above.c.parent_id, above.c.follows
    )
    return above.union_all(further)


def _held(db: Session, above: CTE) -> list[tuple[bool, bool]]:
    """Keep others from deciding these comments' visibility; return of each whether it follows and is a root.

    Whoever decided there meanwhile may have moved the end of the walk, so it is walked until nothing is new.
    """
    columns = (above.c.follows, above.c.parent_id.is_(None))
    query = select(*columns).join(Comment, Comment.id == above.c.id).order_by(Comment.depth.desc())
    held, found = -1, list[tuple[bool, bool]]()
    while len(found) != held:
        held = len(found)
        found = [(bool(follows), bool(root)) for follows, root in db.execute(query.with_for_update(of=Comment))]
    return found
