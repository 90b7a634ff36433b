"""Finds the page a comment belongs to, by its key, on a site that may be embedded where the comment comes from."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import new_id
from moderation.records import Page, Site

_DEFAULT_PORTS = {"http": 80, "https": 443}


def site_by_key(db: Session, key: str) -> Site:
    """Return the site with a key.

    Raises:
        Missing: no such site.
    """
    site = db.scalar(select(Site).where(Site.key == key))
    if site is None:
        raise Missing(f"There is no site “{key[:64]}” here.")
    return site


def page_by_key(db: Session, site: Site, key: str) -> Page | None:
    """Return a page, None where nobody has commented yet."""
    return db.scalar(select(Page).where(Page.site_id == site.id, Page.key == key))


def origin_of(address: str) -> str:
    """Return the origin of an address, as a browser sends it: ``https://blog.example``, the port only if it is unusual.

    Raises:
        Refused: when it is no web address.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:
        raise Refused("page.url: is not a web address.", field="page.url") from None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS.get(parts.scheme) else "")


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
    if not site.embeds_at(origin_of(address)):
        raise NotAllowed("page.url: is not an address of this site.", field="page.url")


def find_or_make_page(db: Session, site: Site, *, key: str, url: str, title: str | None, now: datetime) -> Page:
    """Return the page with a key, made now if this is the first comment there; a known page keeps its title.

    Raises:
        NotAllowed: when the page does not take comments any more.
    """
    page = page_by_key(db, site, key)
    if page is None:
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
        page = db.scalars(select(Page).where(Page.site_id == site.id, Page.key == key)).one()
    if not page.is_open(site.policy, now):
        raise NotAllowed("Comments are closed here.")
    return page
