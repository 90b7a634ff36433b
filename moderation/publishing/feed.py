"""The newest comments of a site or a page as an Atom feed.

Source: RFC 4287 (Atom), RFC 4151 (tag URIs).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from moderation.publishing.shape import moment
from moderation.records import Comment, Page, Person, Site, Status, Version

_ATOM: Final = "http://www.w3.org/2005/Atom"
_MOST: Final = 50
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    comment: Comment
    person: Person
    version: Version
    page: Page


def feed(db: Session, site: Site, *, page_key: str | None = None, service: str) -> bytes:
    """Return a feed of a site, or of one of its pages; a page that nobody has commented on has an empty one.

    Args:
        service: the service's own address, ``https://comments.example``.
    """
    page = db.scalar(select(Page).where(Page.site_id == site.id, Page.key == page_key)) if page_key else None
    entries = [] if page_key and page is None else _entries(db, site, page)
    # Neither depends on what may be renamed: the tag's date is when the site began.
    tag = f"tag:{urlsplit(service).hostname},{site.created_at:%Y-%m-%d}:"
    quoted = quote(page_key or "", safe="")
    path = f"/feeds/{quote(site.key, safe='')}" + (f"/page.atom?page={quoted}" if page_key else ".atom")
    place = (page.public_title or page.key) if page else page_key
    root = Element(f"{{{_ATOM}}}feed")
    _add(root, "id", f"{tag}{site.id}" + (f"/{quoted}" if page_key else ""))
    _add(root, "title", f"Comments on “{place}”" if place else f"Comments on {site.name}")
    _add(root, "updated", moment(max([_updated(entry) for entry in entries], default=site.created_at)))
    _add(root, "link", rel="self", type="application/atom+xml", href=service + path)
    if page:
        _add(root, "link", rel="alternate", type="text/html", href=page.url)
    for entry in entries:
        _add_entry(root, entry, tag)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entries(db: Session, site: Site, page: Page | None) -> list[_Entry]:
    query = (
        select(Comment, Person, Version, Page)
        .join(Person, Person.id == Comment.person_id)
        .join(Version, and_(Version.comment_id == Comment.id, Version.number == Comment.shown))
        .join(Page, Page.id == Comment.page_id)
        .where(Comment.site_id == site.id, Comment.status == Status.approved)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(_MOST)
    )
    rows = db.execute(query.where(Comment.page_id == page.id) if page else query)
    return [
        _Entry(comment=comment, person=person, version=version, page=page) for comment, person, version, page in rows
    ]


def _add_entry(root: Element, entry: _Entry, tag: str) -> None:
    comment, person = entry.comment, entry.person
    made = _add(root, "entry")
    _add(made, "id", f"{tag}{comment.id}")
    _add(made, "title", f"{person.name} on “{entry.page.public_title or entry.page.key}”")
    _add(made, "published", moment(comment.created_at))
    _add(made, "updated", moment(_updated(entry)))
    _add(made, "link", rel="alternate", type="text/html", href=f"{entry.page.url}#comment-{comment.id}")
    author = _add(made, "author")
    _add(author, "name", person.name)
    if person.url:
        _add(author, "uri", person.url)
    _add(made, "content", entry.version.html, type="html")


def _updated(entry: _Entry) -> datetime:
    return max(entry.comment.created_at, entry.version.created_at)


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = SubElement(parent, f"{{{_ATOM}}}{name}", {key: _legal(value) for key, value in attributes.items()})
    made.text = _legal(text) if text is not None else None
    return made


def _legal(text: str) -> str:
    return _NOT_IN_XML.sub("", text)
