"""Finds the page a comment belongs to, by its key, on a site that may be embedded where the comment comes from."""

from datetime import datetime
from typing import Final, cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.origin import origin_of
from moderation.foundation.prepared import PreparedRecords
from moderation.foundation.text import escaped, web_address
from moderation.foundation.tokens import new_id
from moderation.records import Origin, Page, Site

_SITE: Final = PreparedRecords(
    select(Site, Origin).outerjoin(Origin, Origin.site_id == Site.id).where(Site.key == bindparam("key")), Site, Origin
)
_PAGE: Final = PreparedRecords(
    select(Page).where(Page.site_id == bindparam("site_id"), Page.key == bindparam("key")), Page
)


def site_by_key(db: Session, key: str) -> Site:
    """Return the site with a key.

    Raises:
        Missing: no such site.
    """
    rows = _SITE(db, key=key)
    if not rows:
        raise Missing(f"There is no site “{key[:64]}” here.")
    site: Site = rows[0][0]
    set_committed_value(site, "origins", [origin for _, origin in rows if origin is not None])
    return site


def page_by_key(db: Session, site: Site, key: str) -> Page | None:
    """Return a page, None where nobody has commented yet."""
    rows = _PAGE(db, site_id=site.id, key=key)
    if not rows:
        return None
    ((page,),) = rows
    set_committed_value(page, "site", site)
    return cast("Page", page)


def check_origin(site: Site, *, origin: str | None, address: str) -> None:
    """Refuse what does not come from the site's blog.

    Args:
        origin: the Origin header, None when a program calls.
        address: the page's own address, from a stranger.

    Raises:
        NotAllowed: when either is not of a registered origin.
        Refused: when the address is none.
    """
    if origin is not None and not site.embeds_at(origin):
        raise NotAllowed(f"This site does not take comments from {origin[:200]}.")
    if not site.embeds_at(origin_of(address, field="page.url")):
        raise NotAllowed("page.url: is not an address of this site.", field="page.url")


def find_or_make_page(db: Session, site: Site, *, key: str, url: str, title: str | None, now: datetime) -> Page:
    """Return the page with a key, made now if this is the first comment there; a known page keeps its title.

    Raises:
        NotAllowed: when the page does not take comments any more.
    """
    page = page_by_key(db, site, key) or make_page(db, site, key=key, url=url, title=title, now=now)
    if not page.is_open(site.policy, now):
        raise NotAllowed("Comments are closed here.")
    return page


def make_page(db: Session, site: Site, *, key: str, url: str, title: str | None, now: datetime) -> Page:
    """Make a page, unless somebody else is quicker; then theirs is returned."""
    insert_missing(
        db,
        Page,
        id=new_id("g", now),
        site_id=site.id,
        key=key,
        url=url,
        title=title,
        approved=0,
        likes=0,
        revision=0,
        created_at=now,
    )
    return cast("Page", page_by_key(db, site, key))


def page_address(site: Site, key: str, *, given: str | None = None, origin: str | None = None) -> str:
    """Return the address of a page that nobody has commented on yet.

    Args:
        given: what a stranger says it is.
        origin: where the page is known to be, where it is.

    Raises:
        NotAllowed: when the given one is not of a registered origin.
        Refused: when none is given, and the key is no path on the blog.
    """
    if given:
        address = web_address(given, field="url")
        check_origin(site, origin=None, address=address)
        return address
    origins = sorted(known.origin for known in site.origins)
    if not key.startswith("/") or not origins:
        raise Refused("url: give the address of the page.", field="url")
    # Among several, https comes last.
    return web_address((origin if origin in origins else origins[-1]) + escaped(key), field="page")
