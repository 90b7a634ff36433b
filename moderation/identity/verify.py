"""Makes sure that an address on a blog is a page of this site, before a sign-in is ever sent there."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.errors import Problem
from moderation.foundation.insert import insert_missing
from moderation.foundation.outbound import Outbound
from moderation.records import VerifiedPage

LASTS: Final = timedelta(days=7)
_SECONDS: Final = 5.0
_LIMIT: Final = 1024 * 1024
_AT_ONCE: Final = 32


def is_verified(db: Session, site_id: str, page: str, now: datetime) -> bool:
    """Tell whether we saw this very address embed the site within seven days."""
    known = db.get(VerifiedPage, (site_id, page))
    return known is not None and now < known.verified_at + LASTS


def embeds(outbound: Outbound, page: str, *, public_url: str, site_key: str) -> bool:
    """Fetch a page, and tell whether it embeds the site by our own script and does not lead elsewhere."""
    try:
        answer = outbound.fetch(
            "GET", page, headers={"Accept": "text/html"}, seconds=_SECONDS, limit=_LIMIT, redirects=0
        )
    except Problem:
        return False
    kind = answer.headers.get("Content-Type", "")
    if answer.status != 200 or not kind.lower().startswith("text/html"):
        return False
    reader = _Reader(page, f"{public_url}/embed/v1.js", site_key)
    reader.feed(answer.body.decode("utf-8", errors="replace"))
    return reader.has_script and reader.has_thread and not reader.leads_elsewhere


def remember(db: Session, site_id: str, page: str, now: datetime) -> None:
    """Write down that an address was seen to embed a site."""
    if not insert_missing(db, VerifiedPage, site_id=site_id, address=page, verified_at=now):
        known = db.get(VerifiedPage, (site_id, page))
        if known is not None:
            known.verified_at = now
    db.flush()


class Verifier:
    """Looks at pages in the background while their reader is at the provider; one for the process.

    Whoever needs the result waits a moment for it at most: without it, the reader presses a button.

    Args:
        clock: tells the moment at which a page was seen.
    """

    def __init__(
        self, database: Database, outbound: Outbound, *, public_url: str, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._outbound, self._public_url, self._clock = database, outbound, public_url, clock
        self._running: dict[tuple[str, str], Future[None]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="verify")

    def begin(self, *, site_id: str, site_key: str, page: str) -> None:
        """Look at a page, unless somebody does already or too many are being looked at."""
        with self._lock:
            if (site_id, page) not in self._running and len(self._running) < _AT_ONCE:
                self._running[site_id, page] = self._pool.submit(self._look, site_id, site_key, page)

    def wait(self, *, site_id: str, page: str, seconds: float) -> bool:
        """Wait until a page that is being looked at has been; tell whether there is any news."""
        with self._lock:
            running = self._running.get((site_id, page))
        if running is None:
            return False
        try:
            running.result(timeout=seconds)
        except TookTooLong:
            return False
        return True

    def _look(self, site_id: str, site_key: str, page: str) -> None:
        try:
            if embeds(self._outbound, page, public_url=self._public_url, site_key=site_key):
                with self._database.transaction() as db:
                    remember(db, site_id, page, self._clock())
        except Problem:
            # Not seen is not verified; the reader presses a button instead.
            return
        finally:
            with self._lock:
                self._running.pop((site_id, page), None)


class _Reader(HTMLParser):
    """Looks for our script and the site's thread in a page."""

    def __init__(self, page: str, script: str, site_key: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page, self._script, self._site_key = page, script, site_key
        self.has_script = self.has_thread = self.leads_elsewhere = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(reversed(attributes))
        if tag == "script":
            address = urljoin(self._page, given.get("src") or "")
            self.has_script = self.has_script or address.partition("?")[0] == self._script
        elif tag == "comment-thread":
            self.has_thread = self.has_thread or given.get("site") == self._site_key
        elif tag == "meta":
            self.leads_elsewhere = self.leads_elsewhere or (given.get("http-equiv") or "").lower() == "refresh"
