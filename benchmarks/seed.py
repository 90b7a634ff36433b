"""Fills a database with as many comments as wanted, in seconds: one page made by the program, then copied by SQL."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from moderation.foundation.database import Database
from moderation.foundation.tokens import new_id
from moderation.intake.submit import compose, submit
from moderation.journey import prepare
from moderation.records import Comment, DecidedBy, Page, Person, Site, Status
from moderation.review.decide import decide

TEXT: Final = (
    "I watched it **twice**. The second time I only listened, and number {} was\n\n> a different film,\n\nsince nobody "
    "in it says what they mean, and everybody means what they do not say."
)
# Each table's columns that name a row, here or elsewhere, or a person; a copy gets its own.
_NAMES: Final = {
    "page": ("id", "key"),
    "person": ("id", "name", "look", "email"),
    "comment": ("id", "page_id", "person_id", "parent_id", "root_id"),
    "version": ("comment_id",),
    "decision": ("id", "comment_id"),
}
PER_PAGE: Final = 50


def page_of(db_file: Path, *, key: str, approved: int, waiting: int = 0) -> None:
    """Make a page with comments of guests, every fifth an answer, by the program itself."""
    database = Database(f"sqlite:///{db_file}", pool_size=2)
    moment = datetime.now(UTC) - timedelta(days=1)
    with database.transaction() as db:
        site = db.query(Site).one()
        page = Page(
            id=new_id("g", moment), site_id=site.id, key=key, url=f"https://blog.example{key}", created_at=moment
        )
        page.site = site
        db.add(page)
        db.flush()
        parent: Comment | None = None
        for number in range(approved + waiting):
            now = moment + timedelta(seconds=number)
            person = Person(
                id=new_id("p", now),
                site_id=site.id,
                name=f"Reader {number}",
                email=f"reader{number}@mail.example",
                provider="guest",
                created_at=now,
                seen_at=now,
            )
            db.add(person)
            kept = {
                "page": page,
                "person": person,
                "text": prepare(TEXT.format(number)),
                "address_hash": None,
                "now": now,
            }
            answered = parent if number % 5 == 4 else None
            made = submit(db, *compose(comment_id=new_id("c", now), parent=answered, **kept))
            if number < approved:
                decide(db, made.id, Status.approved, by=DecidedBy.importer, now=now)
                parent = made
    database.close()


def copies(db_file: Path, *, key: str, number: int) -> None:
    """Copy a page, with everything that stands on it, so many times; the copies' keys end in ``-1``, ``-2`` ..."""
    _multiply(db_file, key, number, _NAMES, "1")


def lengthen(db_file: Path, *, key: str, times: int) -> None:
    """Copy the approved comments of a page within it, until there are so many times as many."""
    names = {table: tuple(name for name in found if name != "page_id") for table, found in _NAMES.items()}
    del names["page"]
    _multiply(db_file, key, times - 1, names, "status = 'approved'")
    with sqlite3.connect(db_file, timeout=60) as file:
        changes = "approved = approved * ?, revision = revision + 1"
        file.execute(f"UPDATE page SET {changes} WHERE key = ?", (times, key))
    file.close()


def _multiply(db_file: Path, key: str, number: int, names: Mapping[str, tuple[str, ...]], which: str) -> None:
    with sqlite3.connect(db_file, timeout=60, isolation_level=None) as file:
        # A power cut would cost a database that nobody needs; a large cache, since a million rows have many indexes.
        for setting in ("wal_autocheckpoint=0", "synchronous=OFF", "cache_size=-300000", "temp_store=MEMORY"):
            file.execute(f"PRAGMA {setting}")
        (page,) = file.execute("SELECT id FROM page WHERE key = ?", (key,)).fetchone()
        # Fixed beforehand, or copies within a page would be copied too.
        file.execute("CREATE TEMP TABLE chosen (id TEXT PRIMARY KEY, person_id TEXT)")
        file.execute(f"INSERT INTO chosen SELECT id, person_id FROM comment WHERE page_id = ? AND {which}", (page,))
        done = 0
        while done < number:
            more = min(500, number - done)
            file.execute("BEGIN IMMEDIATE")
            # A comment names its parent and root, which may come later in the same statement.
            file.execute("PRAGMA defer_foreign_keys=ON")
            for table, columns in names.items():
                _copy(file, table, columns, page, done + 1, done + more)
            file.execute("COMMIT")
            done += more
        file.execute("DROP TABLE chosen")
    file.close()


def _copy(file: sqlite3.Connection, table: str, names: tuple[str, ...], page: str, first: int, last: int) -> None:
    columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
    taken = ", ".join(_named(column) if column in names else f"t.{column}" for column in columns)
    which = {
        "page": "t.id = :page",
        "person": "t.id IN (SELECT person_id FROM chosen)",
        "comment": "t.id IN (SELECT id FROM chosen)",
    }.get(table, "t.comment_id IN (SELECT id FROM chosen)")
    series = "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last)"
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    sql = f"{series} {into} SELECT {taken} FROM s CROSS JOIN {table} t WHERE {which} ORDER BY s.n"
    file.execute(sql, {"page": page, "first": first, "last": last})


def _named(column: str) -> str:
    ending = {"key": "'-' || s.n", "name": "' ' || s.n", "look": "s.n"}.get(column, "printf('%07d', s.n)")
    if column == "email":
        return "s.n || t.email"
    return f"CASE WHEN t.{column} IS NULL THEN NULL ELSE t.{column} || {ending} END"
