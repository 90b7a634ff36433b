"""Moves all pages below one address to below another: a new domain, or a new folder of the blog."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of
from moderation.records import Page, Role, Site
from moderation.review.kind import Kind, State, Target


def pages_below(db: Session, site_id: str, address: str) -> Sequence[Page]:
    """Return the pages of a site whose address begins so.

    Args:
        address: of a folder, with its final slash.
    """
    # Compared as text: in a pattern % and _ would stand for anything.
    below = Page.url.startswith(address, autoescape=True)
    # SQLite finds them in capitals too.
    return [
        page for page in db.scalars(select(Page).where(Page.site_id == site_id, below)) if page.url.startswith(address)
    ]


def moved(page: Page, before: str, after: str) -> tuple[str, str]:
    """Return a page's new key and address. A key that follows the address goes with it; one of the blog's own stays."""
    url = after + page.url.removeprefix(before)
    return (_path(url) if page.key == _path(page.url) else page.key), url


def _path(url: str) -> str:
    return url.removeprefix(origin_of(url, field=None))


def _read(db: Session, target: Target, like: State) -> State:
    db.get_one(Site, target.subject_id, with_for_update=True)
    going = {page.id for page in _concerned(db, target, like)}
    if not going:
        return like
    # Whatever stands there before, or comes there later, does not go back with the others.
    there = sorted({page.id for page in pages_below(db, target.site_id, like["to"])} - going)
    return {"from": like["to"], "to": like["from"], "but": there, "until": target.now.isoformat()}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    site = db.get_one(Site, target.subject_id, with_for_update=True, populate_existing=True)
    if not site.embeds_at(origin_of(state["to"], field="to")):
        raise Refused("The new address is on no origin of this site; add the origin first.", field="to")
    pages = _concerned(db, target, state)
    going = {page.id: moved(page, state["from"], state["to"]) for page in pages}
    keys = [key for key, _ in going.values()]
    taken = select(Page.key).where(Page.site_id == site.id, Page.key.in_(keys), Page.id.not_in(going))
    if len(set(keys)) < len(keys) or (first := db.scalar(taken.limit(1))) is not None:
        raise Refused(f"There is a page with the key {first if len(set(keys)) == len(keys) else keys[0]} already.")
    # Two steps, since pages may take each other's keys.
    for page in pages:
        page.key = page.id
    db.flush()
    for page in pages:
        page.key, page.url = going[page.id]
        page.revision += 1
    site.revision += 1
    db.flush()
    return {"until": target.now.isoformat()} | state


def _concerned(db: Session, target: Target, state: State) -> list[Page]:
    """Return the pages that are to go. Where one folder lies in the other, those that are there already stay."""
    until = datetime.fromisoformat(state["until"]) if "until" in state else None
    staying = set(state.get("but", ()))
    if state["to"].startswith(state["from"]):
        staying |= {page.id for page in pages_below(db, target.site_id, state["to"])}
    return [
        page
        for page in pages_below(db, target.site_id, state["from"])
        if page.id not in staying and (until is None or page.created_at <= until)
    ]


move_site = Kind(
    name="move_site",
    subject="site",
    role=Role.owner,
    read=_read,
    write=_write,
    tell=lambda _before, after: ("moved", f"from {after['from']} to {after['to']}"),
    example={"from": "https://blog.example/", "to": "https://blog.example/blog/"},
)
