"""How much the widget loads, how soon its comments are seen, and whether it ever holds the page up; beside Waline's.

In Chromium, on the trial's blog, with threads of our own making. Waline's client is fetched with npm into a temporary
folder where npm is installed; it gets the same comments, from a server beside it. The bars are for a machine that does
nothing else.
"""

import gzip
import json
import shutil
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.trial import trial
from tests.chromium import ARGUMENTS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_TEXT = (
    "<p>What the <strong>{}.</strong> has to say, at length, and <a href='https://elsewhere.example'>a link</a>.</p>"
)
# Told by the page itself: when the answer was there, when the first and the last comment were painted, what held it up.
_WATCH = """
window.__long = [];
new PerformanceObserver((list) => __long.push(...list.getEntries()))
  .observe({ type: "longtask", buffered: true });
window.__seen = (selector, wanted) => new Promise((resolve) => {
  let first = 0;
  (function look() {
    const roots = [document, ...[...document.querySelectorAll("comment-thread")].map((tag) => tag.shadowRoot)];
    const count = roots.reduce((sum, root) => sum + (root ? root.querySelectorAll(selector).length : 0), 0);
    // What is there in a frame is painted at its end.
    if (count && !first) first = performance.now();
    if (count < wanted) return requestAnimationFrame(look);
    setTimeout(() => {
      const calls = performance.getEntriesByType("resource").filter(({ name }) => /thread\\?|api\\/comment/.test(name));
      const answer = calls.pop().responseEnd;
      const late = __long.filter(({ startTime, duration }) => startTime + duration > answer);
      const longest = Math.max(0, ...late.map(({ duration }) => duration));
      resolve({ first: first - answer, all: performance.now() - answer, longest });
    });
  })();
});
"""
_WALINE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A post</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/waline.css"><script src="/waline.umd.js"></script><h1>A post</h1><div id="waline"></div>
<script>Waline.init({ el: "#waline", serverURL: location.origin, path: "/", pageSize: 1000, emoji: false, search: false,
  imageUploader: false, dark: false, login: "disable" });</script></html>"""


def measure(*, short: bool = False) -> Iterator[str]:
    """Yield one line for each figure: what, figure, bar, and its ratio to the other's."""
    from playwright.sync_api import sync_playwright

    times = 3 if short else 7
    with tempfile.TemporaryDirectory() as folder, trial() as running, sync_playwright() as playwright:
        program = find_chromium(playwright.chromium.executable_path, Path(folder))
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        before, form = _sizes(browser, running.told["page"], running.told["service"])
        rows = [
            ("50 comments", 50, 1, 100),
            # What the service gives of a long page at once; and ten times that, in one answer.
            ("a slice of 1,000 comments (100), a quarter of the speed", 100, 4, 500),
            ("1,000 comments in one answer, a quarter of the speed", 1000, 4, 500),
        ]
        ours = [_ours(browser, running.told["page"], count, slow, times) for _, count, slow, _ in rows]
        waline = _fetch_waline(Path(folder))
        theirs: list[dict[str, float]] = []
        size = 0
        if waline:
            size = sum(len(gzip.compress(content, 9)) for content in waline.values())
            with _served(waline) as (address, answer):
                for _, count, slow, _ in rows:
                    answer(count)
                    theirs.append(_theirs(browser, address, count, slow, times))
        browser.close()
    yield f"loaded before a reader acts    {before:7,} B    bar 12,000 B{_ratio(before, size)}"
    yield f"more when the form opens       {form:7,} B    bar  6,000 B"
    for place, (name, count, _, bar) in enumerate(rows):
        other = theirs[place] if theirs else {}
        bars = {"longest": 50, "first" if count == 50 else "all": bar}
        for what, told in (("first", "first painted"), ("all", "all there"), ("longest", "longest task")):
            least = f"bar {bars[what]:3} ms" if what in bars else " " * 10
            ratio = _ratio(ours[place][what], other.get(what, 0))
            yield f"{name}: {told:14}{ours[place][what]:7.0f} ms   {least}{ratio}"
    if not waline:
        yield "(npm is not here, or fetched nothing: no other system beside ours)"


def _sizes(browser: "Browser", address: str, service: str) -> tuple[int, int]:
    page = browser.new_page()
    loaded: list[int] = []
    page.on(
        "response",
        lambda answer: (
            answer.url.startswith(f"{service}/embed/") and loaded.append(len(gzip.compress(answer.body(), 9)))
        ),
    )
    page.goto(address, wait_until="networkidle")
    before = sum(loaded)
    page.locator("comment-thread #body").click()
    page.locator("comment-thread #email").wait_for()
    page.wait_for_load_state("networkidle")
    page.close()
    return before, sum(loaded) - before


def _ours(browser: "Browser", address: str, count: int, slow: int, times: int) -> dict[str, float]:
    thread = {"page": {"open": True, "title": "A post", "likes": 0, "likers": []}, "revision": 1, "next": None}
    thread |= {"count": count, "comments": [_comment(number) for number in range(count)]}

    def prepare(page: "Page") -> None:
        page.route(
            "**/api/v1/thread*", lambda route: route.fulfill(json=thread, headers={"Access-Control-Allow-Origin": "*"})
        )
        # The blog's own icon, a drawing, would be painted in between; the other's page has none.
        page.route("**/favicon.svg", lambda route: route.abort())

    return _medians([_look(browser, address, "article.comment", count, slow, prepare) for _ in range(times)])


def _theirs(browser: "Browser", address: str, count: int, slow: int, times: int) -> dict[str, float]:
    return _medians([_look(browser, address, ".wl-card-item", count, slow, lambda _page: None) for _ in range(times)])


def _look(
    browser: "Browser", address: str, selector: str, count: int, slow: int, prepare: Callable[["Page"], None]
) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.add_init_script(_WATCH)
    prepare(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slow})
    page.goto(address, wait_until="commit")
    seen: dict[str, float] = page.evaluate("([selector, wanted]) => __seen(selector, wanted)", [selector, count])
    page.close()
    return seen


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _comment(number: int) -> dict[str, Any]:
    author = {"id": f"p_{number % 40}", "name": f"Voice {number % 40}", "url": None, "avatar": None, "provider": "x"}
    return {
        "id": f"c_{number:022}",
        "parent": f"c_{number - 1:022}" if number % 3 == 1 else None,
        "depth": int(number % 3 == 1),
        "html": _TEXT.format(number),
        "created_at": f"2026-{number % 6 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z",
        "edited_at": None,
        "likes": number % 4,
        "pinned": False,
        "author": author | {"verified": True, "badge": None},
    }


def _fetch_waline(folder: Path) -> dict[str, bytes]:
    """Return the files that a page with Waline's client loads, none where npm does not bring them."""
    npm = shutil.which("npm")
    if npm is None:
        return {}
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "@waline/client"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    files = {name: folder / "node_modules/@waline/client/dist" / name for name in ("waline.umd.js", "waline.css")}
    if done.returncode != 0 or not all(file.is_file() for file in files.values()):
        return {}
    return {f"/{name}": file.read_bytes() for name, file in files.items()}


@contextmanager
def _served(files: dict[str, bytes]) -> Iterator[tuple[str, Callable[[int], None]]]:
    """Serve Waline's client and what it asks for; gives the address, and what sets how many comments there are."""
    answers = {**files, "/": _WALINE.encode(), "/api/comment": b"{}"}
    types = {".js": "text/javascript", ".css": "text/css", "/": "text/html"}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = answers.get(path, b'{"errno":0,"data":[]}')
            self.send_response(200)
            kind = next((kind for end, kind in types.items() if path.endswith(end)), "application/json")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    def answer(count: int) -> None:
        roots = [_as_waline(number) for number in range(count) if number % 3 != 1]
        data = {"page": 1, "totalPages": 1, "pageSize": 1000, "count": count, "data": roots}
        answers["/api/comment"] = json.dumps({"errno": 0, "errmsg": "", "data": data}).encode()

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", answer
        server.shutdown()


def _as_waline(number: int) -> dict[str, Any]:
    below = [_as_waline(number + 1)] if number % 3 == 0 else []
    shown = {"objectId": f"c{number}", "nick": f"Voice {number % 40}", "link": "", "mail": "", "avatar": "data:,"}
    more = {
        "orig": "",
        "comment": _TEXT.format(number),
        "time": 1769063280000,
        "like": number % 4,
        "status": "approved",
    }
    return shown | more | {"children": below, "level": 0, "browser": "", "os": "", "addr": "", "ua": ""}


def _ratio(ours: float, theirs: float) -> str:
    return f"   {ours / theirs:5.2f} × Waline" if theirs else ""
