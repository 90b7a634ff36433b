"""Finds what readers see differently since a CDN was last told, and writes down that it must be."""

from collections import defaultdict
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.tags import lists_tag, page_tag, site_tag
from moderation.foundation.tokens import new_id
from moderation.records import Notice, Page, Site

_AT_ONCE: Final = 200
# More pages than this are told of as the whole site.
_NAMED: Final = 25

_SITE_CHANGED: Final = Site.told.is_distinct_from(Site.revision)
_PAGE_CHANGED: Final = Page.told.is_distinct_from(Page.revision)


def have_changed(db: Session) -> bool:
    """Tell whether a CDN is to be told of anything; quick when it is not."""
    changed = select(Page.id).where(_PAGE_CHANGED).limit(1), select(Site.id).where(_SITE_CHANGED).limit(1)
    return any(db.scalar(query) is not None for query in changed)


def announce_changes(db: Session, *, now: datetime) -> int:
    """Write a notice for each site where something changed; return how many, 0 when nothing has."""
    # Claimed and noted as told in one statement: of two workers, one tells of it.
    sites = update(Site).where(_SITE_CHANGED).values(told=Site.revision).returning(Site.id)
    whole = set(db.scalars(sites, execution_options={"synchronize_session": False}))
    some = select(Page.id).where(_PAGE_CHANGED).limit(_AT_ONCE).scalar_subquery()
    pages = update(Page).where(Page.id.in_(some), _PAGE_CHANGED).values(told=Page.revision)
    found: dict[str, list[str]] = defaultdict(list)
    for site_id, key in db.execute(
        pages.returning(Page.site_id, Page.key), execution_options={"synchronize_session": False}
    ):
        found[site_id].append(key)
    for site_id in whole | found.keys():
        key = db.scalars(select(Site.key).where(Site.id == site_id)).one()
        db.add(_notice(site_id, _tags(key, found[site_id], whole=site_id in whole), now))
    return len(whole | found.keys())


def _tags(site_key: str, pages: list[str], *, whole: bool) -> list[str]:
    if whole or len(pages) > _NAMED:
        return [site_tag(site_key)]
    return [*sorted(page_tag(site_key, page) for page in pages), lists_tag(site_key)]


def _notice(site_id: str, tags: list[str], now: datetime) -> Notice:
    notice_id = new_id("n", now)
    moments = {"created_at": now, "due_at": now}
    named = {"id": notice_id, "key": f"changed:{notice_id}", "site_id": site_id}
    return Notice(channel="cdn", kind="changed", details={"tags": tags}, **named, **moments)
