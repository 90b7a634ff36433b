"""Moves a page with all that stands on it to another address of the blog."""

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of
from moderation.records import Comment, Page
from moderation.review.kind import Kind, State, Target


def _page(db: Session, target: Target) -> Page:
    return db.get_one(Page, target.subject_id, with_for_update=True, populate_existing=True)


def _read(db: Session, target: Target, _like: State) -> State:
    page = _page(db, target)
    return {"key": page.key, "url": page.url}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    page = _page(db, target)
    if not page.site.embeds_at(origin_of(state["url"], field="url")):
        raise Refused("The new address is on no origin of this site; add the origin first.", field="url")
    _make_room(db, page, state["key"])
    page.key, page.url = state["key"], state["url"]
    page.revision += 1
    page.site.revision += 1
    db.flush()
    return state


def _make_room(db: Session, page: Page, key: str) -> None:
    """Remove an empty page that likes or wishes made at the new address; comments are never thrown together."""
    there = select(Page.id).where(Page.site_id == page.site_id, Page.key == key, Page.id != page.id)
    if db.scalar(select(exists().where(Comment.page_id.in_(there)))):
        raise Refused("There are comments at the new address already.", field="key")
    db.execute(delete(Page).where(Page.id.in_(db.scalars(there).all())))


move_page = Kind(
    name="move_page",
    subject="page",
    read=_read,
    write=_write,
    tell=lambda before, after: ("moved", f"from {before['url']} to {after['url']}"),
    example={"key": "/moved", "url": "https://blog.example/moved"},
)
