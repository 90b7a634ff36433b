"""Web processes are killed under load, clients try again: no comment is lost, doubled, or shown too early (R1)."""

import http.client
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from moderation.foundation.database import Database
from moderation.records import Comment, Status, Version
from tests import make
from tests.cli.serving import Serving, serving
from tests.faults.scale import IS_LONG, MINUTES, SECONDS, counting, scaled, tell

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(SECONDS),
]

# In the long form as many as the minutes allow, half of them on each database.
KILLS = scaled(12, 10_000)
CLIENTS = 6


@dataclass
class Load:
    """Clients that post until they are told to stop, and what they were told."""

    service: Serving
    with_key: bool
    acknowledged: list[str] = field(default_factory=list)
    seen_in_public: set[str] = field(default_factory=set)
    refusals: Counter[int] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, client: int) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            self.post(f"comment {client} {number}")

    def post(self, text: str) -> None:
        """Send until there is an answer; after a lost one nobody knows whether it was stored."""
        page = {"key": "/her", "url": f"{make.BLOG}/her", "title": "Her"}
        body = {"site": "blog", "page": page, "body": text, "guest": {"name": "Ann", "email": "ann@example.org"}}
        headers = {"Idempotency-Key": text.replace(" ", "-")} if self.with_key else {}
        while True:
            try:
                status, _ = self.service.ask("/api/v1/comments", body=body, headers=headers)
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
                continue
            if status == 201:
                self.acknowledged.append(text)
                return
            self.refusals[status] += 1
            if status < 500:
                return

    def read(self) -> None:
        """Look at what the public sees."""
        while not self.over.is_set():
            try:
                _, answer = self.service.ask("/api/v1/thread?site=blog&page=/her")
                self.seen_in_public |= {comment["id"] for comment in json.loads(answer)["comments"]}
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)


def kill_again_and_again(service: Serving, until_enough) -> int:
    """Kill the web process, each time soon after it answers again; return how often."""
    kills, chance = 0, random.Random(7)
    while not until_enough(kills):
        service.wait()
        time.sleep(1 + chance.random() / 5)  # when it is hit must differ
        os.kill(service.started("web-1")[-1], signal.SIGKILL)
        kills += 1
    return kills


def bodies(url) -> Counter[str]:
    database = Database(url)
    with database.reading() as db:
        counted = Counter(db.scalars(select(Version.body)))
        assert set(db.scalars(select(Comment.status))) <= {Status.waiting}
    database.close()
    return counted


def run(tmp_path, url, *, with_key, until_enough) -> tuple[Load, int]:
    database = Database(url)
    with database.transaction() as db:
        make.site(db, key="blog", moderate="all")
    database.close()
    with serving(tmp_path / "data", database_url=url) as service:
        load = Load(service, with_key)
        threads = [threading.Thread(target=load.run, args=(client,)) for client in range(CLIENTS)]
        threads.append(threading.Thread(target=load.read))
        for thread in threads:
            thread.start()
        try:
            kills = kill_again_and_again(service, until_enough)
            service.wait()
        finally:
            load.over.set()
            for thread in threads:
                thread.join(60)
        assert service.stop() == 0
    return load, kills


def test_no_acknowledged_comment_is_lost_or_doubled_when_web_processes_are_killed(tmp_path, database_url):
    kind = database_url.partition(":")[0]
    progress, over = counting(f"R1 {kind}", "kills", KILLS), time.monotonic() + MINUTES * 30

    def enough(kills):
        progress(kills)
        return kills >= KILLS or (IS_LONG and time.monotonic() > over)

    load, kills = run(tmp_path, database_url, with_key=True, until_enough=enough)
    progress.end()
    stored = bodies(database_url)
    lost = [text for text in load.acknowledged if not stored[text]]
    doubled = [text for text, count in stored.items() if count > 1]
    figures = {"kills": kills, "acknowledged": len(load.acknowledged), "lost": len(lost), "doubled": len(doubled)}
    tell("R1", f"kill -9, {kind}", **figures, unapproved_in_public=len(load.seen_in_public))
    assert len(load.acknowledged) > kills
    assert [text for text in load.acknowledged if stored[text] != 1] == []
    assert doubled == []
    assert load.seen_in_public == set()
    assert load.refusals == Counter()


def test_without_an_idempotency_key_there_are_doubles(tmp_path, sqlite_url):
    """The control: the test above can fail."""

    def enough(kills):
        return kills >= 5 and (kills >= 60 or max(bodies(sqlite_url).values(), default=0) > 1)

    load, kills = run(tmp_path, sqlite_url, with_key=False, until_enough=enough)
    stored = bodies(sqlite_url)
    doubled = [text for text, count in stored.items() if count > 1]
    tell("R1", "control: no idempotency key", kills=kills, acknowledged=len(load.acknowledged), doubled=len(doubled))
    assert doubled
