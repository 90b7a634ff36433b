"""Uses a running service as readers and its moderators do, sixteen at once, so that its memory can be looked at."""

import http.client
import json
import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, Final

from benchmarks.sign_in import sign_in
from benchmarks.trial import Trial

_AT_ONCE: Final = 16
_MOST_PAGES: Final = 150
_SETTLED_SECONDS: Final = 3
_TEXT: Final = """I watched it **twice**. The second time I only listened.

> a different film

1. the [house](https://blog.example/house)
2. the city

```python
def remember(place: str) -> str:
    return f"I was in {place}, and number %s of %s"
```
"""


def use(running: Trial, *, rounds: int = 3) -> int:
    """Read, write, sign in, look at every page of the dashboard and decide; return how many requests that were."""
    cookie = running.dashboard_cookie()
    asked = [_read(running), _write(running, "plain")]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number in range(rounds):
            jobs: list[Callable[[], int]] = []
            for client in range(_AT_ONCE):
                jobs += [partial(_read, running), partial(_write, running, f"{number}-{client}")]
            jobs += [partial(_sign_in, running)] * 4
            jobs += [partial(_look_around, running, cookie)] * (2 if number == 0 else 0)
            jobs += [partial(_decide, running)]
            asked += pool.map(lambda job: job(), jobs)
    time.sleep(_SETTLED_SECONDS)
    return sum(asked)


def _read(running: Trial) -> int:
    """Read threads, counts and feeds as a browser does, and as one that takes nothing packed."""
    site, there = running.told["site"], 0
    with closing(running.connect()) as connection:
        for packing in ("br, gzip", "gzip", "identity"):
            for path in (
                f"/api/v1/sites/{site}",
                f"/api/v1/thread?site={site}&page=%2Fher",
                f"/api/v1/thread?site={site}&page=%2Fhouse",
                f"/api/v1/counts?site={site}&page=%2Fher&page=%2Fhouse",
                f"/api/v1/recent?site={site}",
                f"/feeds/{site}.atom",
                f"/fragment?site={site}&page=%2Fher",
                "/embed/v1.js",
            ):
                _ask(connection, "GET", path, headers={"Accept-Encoding": packing})
                there += 1
    return there


def _write(running: Trial, word: str) -> int:
    blog, key = running.told["blog"], secrets.token_urlsafe(16)
    headers = {"Content-Type": "application/json", "Origin": blog}
    with closing(running.connect()) as connection:
        for number in range(3):
            body = _TEXT % (number, word)
            preview = {"site": running.told["site"], "body": body}
            _ask(connection, "POST", "/api/v1/preview", json.dumps(preview), headers)
            sent = {
                "site": running.told["site"],
                "page": {"key": "/her", "url": f"{blog}/her", "title": "Her"},
                "body": body,
                "guest": {"name": f"Reader {word}", "email": f"reader{word}@mail.example", "website": None},
            }
            kind = headers | {"Idempotency-Key": f"{key}-{number}"}
            _ask(connection, "POST", "/api/v1/comments", json.dumps(sent), kind)
    return 6


def _sign_in(running: Trial) -> int:
    sign_in(running)
    return 6


def _look_around(running: Trial, cookie: str) -> int:
    """Follow every link of the dashboard, each once."""
    seen, waiting = {"/dashboard/"}, ["/dashboard/"]
    with closing(running.connect()) as connection:
        for count in range(_MOST_PAGES):
            if not waiting:
                return count
            page = _ask(connection, "GET", waiting.pop(0), headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
            for address in re.findall(r'(?:href|action)="(/dashboard/[^"#]*)', page.decode("utf-8", "replace")):
                link = address.replace("&amp;", "&")
                if link not in seen and "sign-" not in link:
                    seen.add(link)
                    waiting.append(link)
    return _MOST_PAGES


def _decide(running: Trial) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {running.told['api_key']}"}
    with closing(running.connect()) as connection:
        path = f"/api/v1/queue?site={running.told['site']}&status=waiting"
        waiting = [one["id"] for one in json.loads(_ask(connection, "GET", path, headers=headers))["comments"]]
        for number, comment in enumerate(waiting):
            decision = {"comments": [comment], "status": "approved" if number % 3 else "rejected"}
            _ask(connection, "POST", "/api/v1/decisions", json.dumps(decision), headers)
    return 1 + len(waiting)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, headers: Any = ()) -> bytes:
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    told = answer.read()
    if answer.status >= 400 and "/dashboard/" not in path:
        raise RuntimeError(f"{method} {path.partition('?')[0]} was answered {answer.status}: {told[:200]!r}")
    return told
