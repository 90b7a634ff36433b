"""What the hosted page and the fragment show of a thread, ready for their templates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.intake.page import page_address, page_by_key, site_by_key
from moderation.intake.shapes import PAGE_KEY_CHARACTERS, TITLE_CHARACTERS
from moderation.publishing.outline import Row, outline
from moderation.publishing.thread import Sort, thread
from moderation.records import Page, Site
from moderation.web.api.door import argument

_URL = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which slice of which thread is asked for; ``url`` and ``title`` are what a stranger says about a page that
    nobody has commented on."""

    site: str
    page: str
    sort: Sort = Sort.oldest
    after: str = ""
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A slice of a thread. ``address`` is where the post is, None where that is not known; ``title`` what readers may
    know of the page's."""

    site: Site
    page: Page | None
    found: dict[str, Any]
    rows: list[Row]
    address: str | None
    title: str
    open: bool


def asked() -> Asked:
    """Return what the address asks for.

    Raises:
        Refused: when a parameter is missing or odd.
    """
    sort = argument("sort", longest=10, default="oldest")
    if sort not in set(Sort):
        raise Refused("sort: must be oldest, newest or best.", field="sort")
    return Asked(
        site=argument("site", longest=64),
        page=argument("page", longest=PAGE_KEY_CHARACTERS),
        sort=Sort(sort),
        after=argument("after", longest=80, default=""),
        url=argument("url", longest=_URL, default=""),
        title=argument("title", longest=TITLE_CHARACTERS, default=""),
    )


def view(db: Session, wanted: Asked, *, now: datetime) -> View:
    """Return the slice that is asked for.

    Raises:
        Missing: no such site.
        NotAllowed: when the address given for an unknown page is not the blog's.
        Refused: for a place that is not in this thread.
    """
    site = site_by_key(db, wanted.site)
    page = page_by_key(db, site, wanted.page)
    found = thread(db, site, page, now=now, sort=wanted.sort, after=wanted.after or None)
    comments = [_shown(comment) for comment in found["comments"]]
    address = page.url if page else _address(site, wanted)
    return View(
        site=site,
        page=page,
        found=found,
        rows=outline(comments, max_depth=site.policy.max_depth),
        address=address,
        title=(page.public_title if page else None) or _short(address) or wanted.page,
        open=page.is_open(site.policy, now) if page else True,
    )


def addresses(wanted: Asked, base: str = "") -> Callable[..., str]:
    """Return what makes addresses of the hosted page: the same thread, with another order, slice or form."""
    known = {"site": wanted.site, "page": wanted.page, "url": wanted.url, "title": wanted.title}

    def address(**more: str) -> str:
        given = {name: value for name, value in (known | more).items() if value and (name, value) != ("sort", "oldest")}
        return f"{base}/page?{urlencode(given)}"

    return address


def _address(site: Site, wanted: Asked) -> str | None:
    if not wanted.url and not wanted.page.startswith("/"):
        return None
    return page_address(site, wanted.page, given=wanted.url or None)


def _short(address: str | None) -> str | None:
    return address.partition("://")[2].rstrip("/") if address else None


def _shown(comment: dict[str, Any]) -> dict[str, Any]:
    if "removed" in comment:
        return comment
    at = datetime.fromisoformat(comment["created_at"])
    html = Markup(comment["html"])  # noqa: S704 - sanitised when it was written
    return comment | {"html": html, "when": f"{at.day} {at:%B %Y, %H:%M} UTC"}
