"""Closes a page: it takes no new comments, and those it has stay."""

from sqlalchemy.orm import Session

from moderation.records import Page
from moderation.review.kind import Kind, State, Target


def _page(db: Session, target: Target) -> Page:
    return db.get_one(Page, target.subject_id, with_for_update=True, populate_existing=True)


def _read(db: Session, target: Target, _like: State) -> State:
    return {"closed": _page(db, target).closed_at is not None}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    page = _page(db, target)
    page.closed_at = target.now if state["closed"] else None
    page.revision += 1
    return state


close_page = Kind(
    name="close_page",
    subject="page",
    read=_read,
    write=_write,
    tell=lambda _before, after: "closed" if after["closed"] else "opened",
    example={"closed": True},
)
