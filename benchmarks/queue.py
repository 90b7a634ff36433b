"""How fast the moderator's queue answers over a million comments: every tab, filter and search, in both orders.

The comments are made here, by chance that is the same each time: 90 % approved, 6 % spam, 3 % rejected, 1 % waiting; on
a few thousand pages, by people of whom some write much; their words as common and as rare as words are. It measures
SQLite, and the PostgreSQL whose address MODERATION_BENCH_POSTGRESQL holds (an empty database).
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.tokens import new_id
from moderation.migrations import upgrade
from moderation.records import Comment, Page, Person, Site, Status, Version
from moderation.records.search import ENTRIES
from moderation.review.queue import Tab, Wanted, count, counts, slice_of

START = datetime(2016, 1, 1, tzinfo=UTC)
STATUSES = (Status.approved, Status.spam, Status.rejected, Status.waiting)
PROVIDERS = ("guest", "google", "x", "facebook", "wordpress", "github", "mastodon", "bluesky")
PAGES, PEOPLE, ROWS_AT_ONCE = 3000, 50_000, 5000
# What a page of the dashboard shows, and in how many seconds an answer shall be there.
AT_ONCE, LIMIT = 50, 0.2
CASINO = "casino"


def measure(*, short: bool = False) -> Iterator[str]:
    """Yield a line for each tab, filter and search: how long an answer takes, comments and their number together."""
    number = 20_000 if short else int(os.environ.get("MODERATION_BENCH_COMMENTS", "1000000"))
    with tempfile.TemporaryDirectory(dir=os.environ.get("MODERATION_BENCH_FOLDER")) as folder:
        yield from _measured(f"sqlite:///{folder}/moderation.db", number)
    address = os.environ.get("MODERATION_BENCH_POSTGRESQL")
    if address:
        yield from _measured(address, number)


def _measured(address: str, number: int) -> Iterator[str]:
    database = Database(address)
    try:
        started = time.monotonic()
        upgrade(database)
        site_id, some = fill(database, number)
        yield f"{database.url.get_backend_name()}: {number:,} comments made in {time.monotonic() - started:.0f} s"
        yield from answers(database, site_id, some)
    finally:
        database.close()


def answers(database: Database, site_id: str, some: dict[str, str]) -> Iterator[str]:
    """Yield a line for each tab, filter and search of a database that was filled."""
    slowest, over = 0.0, 0
    for name, wanted in cases(site_id, some):
        with database.reading() as db:
            oldest, newest = (_times(db, wanted, newest_first) for newest_first in (False, True))
        on = max([*oldest[1:], *newest[1:]], default=0.0)
        most = max(oldest[0], newest[0], on)
        slowest, over = max(slowest, most), over + (most > LIMIT)
        shown = "  ".join(f"{1000 * seconds:6.1f}" for seconds in (oldest[0], newest[0], on))
        turns = f"; newest in {len(newest)} answers, {1000 * sum(newest):.0f} ms" if len(newest) > 2 else ""
        yield f"    {name:44} {shown} ms (oldest, newest, going on{turns})"
    with database.reading() as db:
        started = time.perf_counter()
        counts(db, [site_id])
        yield f"    the numbers on the tabs: {1000 * (time.perf_counter() - started):.1f} ms"
    yield f"    the slowest answer: {1000 * slowest:.1f} ms; over {1000 * LIMIT:.0f} ms: {over} of the combinations"


def _times(db: Session, wanted: Wanted, newest_first: bool) -> list[float]:
    """Return in how many seconds each answer was there: the first, the next, and those after it until a slice is full.

    A search that has looked through a part only, and found little in it, asks for them by itself.
    """
    times: list[float] = []
    shown, after = 0, None
    while not times or (after is not None and (len(times) < 2 or shown < AT_ONCE)):
        started = time.perf_counter()
        counted = bool(wanted.search) and not times
        part = slice_of(db, wanted, newest_first=newest_first, limit=AT_ONCE, after=after, counted=counted)
        if not wanted.search and part.next is not None:
            count(db, wanted)
        times.append(time.perf_counter() - started)
        shown, after = shown + len(part.items), part.next
    return times


def cases(site_id: str, some: dict[str, str]) -> Iterator[tuple[str, Wanted]]:
    """Yield what is looked for: every tab alone, with each filter, and with searches of rare and common words."""
    filters: dict[str, dict[str, Any]] = {
        "": {},
        "page": {"page_id": some["page"]},
        "busy person": {"person_id": some["person"]},
        "provider": {"provider": "google"},
        "rare provider": {"provider": "bluesky"},
        "rule": {"rule": "many_links"},
        "rule of spam only": {"rule": "banned_person"},
        "links": {"links": True},
        "unanswered": {"unanswered": True},
        "language": {"language": "de"},
        "rare language": {"language": "th"},
        "language and links": {"language": "en", "links": True},
        "rare word": {"search": "word15000"},
        "common word": {"search": "word1"},
        "two common words": {"search": "word1 word2"},
        "beginning of words": {"search": "wor"},
        "longer beginning": {"search": "word1"},
        "beginning and rare word": {"search": "wor word15000"},
        "word of spam only": {"search": CASINO},
        "name": {"search": "Person 123"},
        "word and links": {"search": "word7", "links": True},
        "nothing": {"search": "unheardof"},
        "part of a Chinese text": {"search": "你好"},
    }
    for tab in Tab:
        for name, values in filters.items():
            yield f"{tab.value}, {name}".rstrip(", "), replace(Wanted(site_ids=(site_id,), tab=tab), **values)


def fill(database: Database, number: int) -> tuple[str, dict[str, str]]:
    """Fill a migrated database; return the site's id, and the ids of a page and of a person who wrote much."""
    chance = random.Random(1)
    site_id = new_id("s", START)
    pages = [new_id("g", START) for _ in range(PAGES)]
    people = [new_id("p", START) for _ in range(PEOPLE)]
    with database.transaction() as db:
        site = {"id": site_id, "key": "bench", "name": "Bench", "locale": "en", "settings": {}, "revision": 1}
        db.execute(insert(Site), [site | {"created_at": START}])
        db.execute(insert(Page), [_page(site_id, page_id, index) for index, page_id in enumerate(pages)])
        db.execute(insert(Person), [_person(site_id, person_id, index) for index, person_id in enumerate(people)])
    rows = _rows(chance, site_id, pages, people, number)
    while some := list(islice(rows, ROWS_AT_ONCE)):
        with database.transaction() as db:
            db.execute(insert(Comment), [comment for comment, _, _ in some])
            db.execute(insert(Version), [version for _, version, _ in some])
            db.execute(insert(ENTRIES), [entry for _, _, entry in some])
        database.checkpoint()
    _index(database)
    return site_id, {"page": pages[0], "person": people[0]}


def _index(database: Database) -> None:
    with database.transaction() as db:
        if database.is_sqlite:
            db.execute(text("INSERT INTO search_index(search_index) VALUES ('rebuild')"))
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _rows(
    chance: random.Random, site_id: str, pages: list[str], people: list[str], number: int
) -> Iterable[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    vocabulary = [f"word{index}" for index in range(20_000)]
    weights = [1 / (index + 2) for index in range(len(vocabulary))]
    words: Iterator[str] = iter(())
    for index in range(number):
        moment = START + timedelta(seconds=300 * index)
        status = chance.choices(STATUSES, (90, 6, 3, 1))[0]
        comment_id = new_id("c", moment)
        person = int(len(people) * chance.random() ** 3)
        spam = status is Status.spam
        said = list(islice(words, 25))
        if len(said) < 25:
            words = iter(chance.choices(vocabulary, weights, k=100_000))
            said = list(islice(words, 25))
        said += [CASINO] * spam + ["你好", "好吗", "吗"] * (index % 50 == 0)
        held = "banned_person" if spam else "many_links" if index % 40 == 0 else ""
        provider = "bluesky" if index % 20_000 == 0 else PROVIDERS[person % 7]
        comment = {
            "id": comment_id, "site_id": site_id, "page_id": pages[int(PAGES * chance.random() ** 2)],
            "person_id": people[person], "root_id": comment_id, "status": status, "awaits": status is Status.waiting,
            "shown": 1 if status is Status.approved else None, "visible": status is Status.approved,
            "reported": int(index % 5000 == 0 and status is Status.approved), "answers": index % 3 and 1,
            "created_at": moment, "provider": provider, "links": spam or index % 15 == 0,
            "language": "th" if index % 9000 == 0 else "de" if index % 7 == 0 else "en",
            "held_by": f" {held} " if held else "",
        }  # fmt: skip
        body = " ".join(said)
        version = {
            "comment_id": comment_id, "number": 1, "body": body, "html": f"<p>{body}</p>",
            "body_hash": comment_id.encode()[:32].ljust(32), "created_at": moment,
        }  # fmt: skip
        entry = {"comment_id": comment_id, "terms": " ".join(dict.fromkeys(["person", str(person), *said]))}
        yield comment, version, entry


def _page(site_id: str, page_id: str, index: int) -> dict[str, Any]:
    key = f"/{index}"
    values = {"id": page_id, "site_id": site_id, "key": key, "url": f"https://blog.example{key}", "title": key}
    return values | {"approved": 0, "likes": 0, "revision": 0, "created_at": START}


def _person(site_id: str, person_id: str, index: int) -> dict[str, Any]:
    values = {"id": person_id, "site_id": site_id, "name": f"Person {index}", "look": f"person{index}"}
    values |= {"provider": PROVIDERS[index % 7], "issuer": "https://x.example", "subject": str(index)}
    return values | {"email_verified": False, "picture_tries": 0, "created_at": START, "seen_at": START}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    for line in measure():
        print(line, flush=True)
