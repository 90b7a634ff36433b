"""Whether the service slows down as comments pile up: the same work with a thousand of them and with a million.

A time is the processor time that the service spent; in brackets the time that went by, which other work on the machine
lengthens.
"""

import http.client
import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.load import busiest, family, spent
from benchmarks.measured import Measured
from benchmarks.seed import PER_PAGE, copies, page_of
from benchmarks.trial import Trial, trial

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
_SHORT: Final = (1_000, 10_000, 100_000)
# Pages that every step has.
_LEAST: Final = 15
NAMES: Final = {
    "read": ("read of a page of 50 comments, not ready", 1.2),
    "submit": ("a submission", 1.5),
    "queue": ("the queue's first page", 2.0),
}


def measure(*, short: bool = False) -> Iterator[Measured | str]:
    """Yield for each kind of work how its time grows, and the times themselves."""
    with trial() as running:
        yield from grow(running, _SHORT if short else SIZES, times=40 if short else 100)


def grow(running: Trial, sizes: tuple[int, ...], *, times: int) -> Iterator[Measured | str]:
    """Fill a trial step by step and measure at each."""
    file = running.data / "moderation.db"
    page_of(file, key="/p", approved=PER_PAGE - 5, waiting=5)
    cookie = running.dashboard_cookie()
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    walls: dict[str, list[float]] = {}
    address = f"{running.told['service']}/api/v1/thread?site={running.told['site']}&page=/p"
    service = [busiest(family(running.pid), address)]
    standing = 1
    for size in sizes:
        began = time.perf_counter()
        wanted = size // PER_PAGE
        # Copies are numbered from one on each time, so each step has a page of its own to copy.
        if wanted > standing:
            key = f"/q{size}"
            page_of(file, key=key, approved=PER_PAGE - 5, waiting=5)
            copies(file, key=key, number=wanted - standing - 1)
            standing = wanted
        seconds = time.perf_counter() - began
        works = _works(running, cookie, f"/q{size}")
        for work in works.values():
            work(-1)
        for name, work in works.items():
            before = spent(service)
            walls[name] = _times(work, times)
            found[name].append((spent(service) - before) / 1000 / times)
        told = ", ".join(f"{name} {found[name][-1]:.2f} ms ({statistics.median(walls[name]):.1f})" for name in NAMES)
        yield f"{_count(file):>9,} comments (filled in {seconds:.0f} s): {told}"
    for name, (what, bar) in NAMES.items():
        medians = found[name]
        yield Measured(
            what=f"{what}: {sizes[-1]:,} ÷ {sizes[0]:,} comments",
            values=[medians[-1] / medians[0]],
            unit="×",
            bar=bar,
            at_least=False,
            remark=" → ".join(f"{one:.1f}" for one in medians) + " ms",
        )


def _works(running: Trial, cookie: str, key: str) -> dict[str, Callable[[int], None]]:
    port, site, blog = int(running.told["service"].rpartition(":")[2]), running.told["site"], running.told["blog"]
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    word = time.time_ns()

    def ask(method: str, path: str, body: Any = None, **headers: str) -> None:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path.partition('?')[0]} was answered {answer.status}")

    def read(number: int) -> None:
        # A parameter that means nothing: such an answer is built each time and never kept.
        ask("GET", f"/api/v1/thread?site={site}&page={key}-{abs(number) % _LEAST + 1}&x={number}")

    def submit(number: int) -> None:
        page = {"key": f"{key}-1", "url": f"{blog}/p", "title": "T"}
        guest = {"name": f"Reader {number}", "email": f"r{number}@mail.example", "website": None}
        sent = {"site": site, "page": page, "body": f"Number {number} of {word}, a different film.", "guest": guest}
        ask("POST", "/api/v1/comments", sent, **{"Content-Type": "application/json", "Origin": blog})

    def queue(_number: int) -> None:
        ask("GET", "/dashboard/", Cookie=cookie)

    return {"read": read, "submit": submit, "queue": queue}


def _times(work: Callable[[int], None], number: int) -> list[float]:
    times = []
    for count in range(number):
        began = time.perf_counter()
        work(count)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _count(file: Any) -> int:
    with sqlite3.connect(file, timeout=60) as connection:
        (number,) = connection.execute("SELECT count(*) FROM comment").fetchone()
    connection.close()
    return int(number)
