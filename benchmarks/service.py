"""How long the service takes to start, to store a comment and to show a long queue, and how much memory it wants.

Beside each figure stands the same work done as plainly as it can be: the same text stored by sqlite3 alone, written
through to the disk; the same page served by Flask alone. The bar is for this machine when nothing else runs on it.
"""

import json
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks.trial import Trial, trial
from benchmarks.use import use
from moderation.foundation.database import Database
from moderation.foundation.tokens import new_id
from moderation.intake.submit import compose, submit
from moderation.journey import prepare
from moderation.records import Page, Person, Site

_TEXT = "I watched it **twice**. The second time I only listened.\n\n> A different film,\n\nit was."

# In the order in which a trial starts them.
_PROCESSES = ("the supervisor", "the web process", "the worker", "the blog and provider")


def measure(*, short: bool = False) -> Iterator[str]:
    """Yield one line for each figure: what, figure, bar, and its ratio to the plain way."""
    yield from _start()
    with trial() as running:
        yield from _submissions(running, 60 if short else 500)
        yield from _queue(running, 1_000 if short else 10_000)
    yield from _memory(short=short)


def _start() -> Iterator[str]:
    code = """
import sys, tempfile, time
began = time.perf_counter()
from moderation.app import create_app
from moderation.settings import load_settings
create_app(load_settings(data=tempfile.mkdtemp()))
print(time.perf_counter() - began)
"""
    plain = (
        "import time; began = time.perf_counter(); import flask; flask.Flask('x'); print(time.perf_counter() - began)"
    )
    ours = statistics.median(_timed(code) for _ in range(3))
    bare = statistics.median(_timed(plain) for _ in range(3))
    yield f"create_app, imports included    {ours:6.2f} s    bar 2 s     {ours / bare:5.1f} × importing Flask"


def _timed(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def _submissions(running: Trial, number: int) -> Iterator[str]:
    connection = running.connect()
    blog, site = running.told["blog"], running.told["site"]
    guest = {"name": "Alice", "email": "alice@mail.example", "website": None}
    page = {"key": "/her", "url": f"{blog}/her", "title": "Her"}

    def send(count: int) -> None:
        sent = {"site": site, "page": page, "body": f"{_TEXT} {count}", "guest": guest}
        headers = {"Content-Type": "application/json", "Origin": blog, "Idempotency-Key": f"bench-{count}"}
        connection.request("POST", "/api/v1/comments", json.dumps(sent), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise RuntimeError(f"a submission was answered {answer.status}")

    ours = _each(send, number)
    plain = _each(_store_plainly(running.data), number)
    yield _line("a submission, stored and answered", ours, 0.050, statistics.median(plain), "one sqlite3 commit")


def _store_plainly(folder: Path) -> Callable[[int], None]:
    file = sqlite3.connect(folder / "plain.db", isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=FULL")
    file.execute("CREATE TABLE comment (id INTEGER PRIMARY KEY, body TEXT, at TEXT)")
    return lambda count: file.execute("INSERT INTO comment VALUES (?, ?, datetime())", (count, _TEXT)).close()


def _queue(running: Trial, number: int) -> Iterator[str]:
    _fill(running, number)
    cookie = running.dashboard_cookie()
    connection = running.connect()
    body = b""

    def look(_count: int) -> None:
        nonlocal body
        connection.request("GET", "/dashboard/", headers={"Cookie": cookie})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or b"Approve" not in body:
            raise RuntimeError(f"the queue was answered {answer.status}")

    ours = _each(look, 30)
    app = Flask("plain")
    app.add_url_rule("/", view_func=lambda: body)
    client = app.test_client()
    plain = _each(lambda _count: client.get("/").close(), 30)
    yield _line(f"the queue, {number:,} waiting", ours, 0.100, statistics.median(plain), "Flask with the same bytes")


def _fill(running: Trial, number: int) -> None:
    database = Database(f"sqlite:///{running.data / 'moderation.db'}", pool_size=2)
    with database.transaction() as db:
        site = db.query(Site).one()
        page = db.query(Page).first()
        assert page is not None
        text, now = prepare(_TEXT), datetime.now(UTC)
        for count in range(number):
            person = Person(id=new_id("p", now), site_id=site.id, name=f"Reader {count}", created_at=now, seen_at=now)
            db.add(person)
            kept = {"page": page, "person": person, "parent": None, "text": text, "address_hash": None, "now": now}
            submit(db, *compose(comment_id=new_id("c", now), **kept))
    database.close()


def _memory(*, short: bool) -> Iterator[str]:
    """Say what each process of a trial holds, pages that it shares with others included."""
    with trial() as running:
        time.sleep(3)
        rest = list(running.processes().values())
        asked = use(running, rounds=1 if short else 3)
        after = list(running.processes().values())
    for name, before, then in zip(_PROCESSES, rest, after, strict=True):
        told = f"{before / 1e6:4.0f} MB at rest, {then / 1e6:4.0f} MB after {asked:,} requests, 16 at once"
        yield f"memory, {name:24}{told}   bar 120 MB"


def _each(work: Callable[[int], Any], number: int) -> list[float]:
    times = []
    for count in range(number):
        began = time.perf_counter()
        work(count)
        times.append(time.perf_counter() - began)
    return times


def _line(what: str, ours: list[float], bar: float, plain: float, beside: str) -> str:
    median, slow = statistics.median(ours), statistics.quantiles(ours, n=100)[98]
    told = f"{what:32}{median * 1000:6.1f} ms   bar {bar * 1000:.0f} ms   p99 {slow * 1000:.1f} ms"
    return f"{told}   {median / plain:5.1f} × {beside}"
