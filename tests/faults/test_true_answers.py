"""Whatever is done, in whichever order and by whichever worker: no worker ever sends an answer that is not true.

Two applications with caches of their own work on one database; a third keeps nothing ready, and so builds every answer
from scratch. After each step all public answers of all three are compared. On SQLite the next read must be true, on
PostgreSQL too for what a worker did itself; another's announcement may take up to two seconds.
"""

import time
from contextlib import suppress

import brotli
import pytest
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from moderation.app import create_app
from moderation.foundation.errors import Problem
from moderation.journey import edit, erase, moderate, prepare, undo, withdraw
from moderation.records import Comment, Moderator, Page, Person, Site, Status
from moderation.review.act import act
from moderation.settings import load_settings
from tests import make
from tests.faults.scale import IS_LONG, SECONDS
from tests.web.service import COMMENTS, guest_comment, session_token

EXAMPLES, STEPS = (100, 50) if IS_LONG else (2, 12)
pytestmark = pytest.mark.timeout(SECONDS)
PATIENCE = 2.0
WORKERS = strategies.integers(0, 1)
WHICH = strategies.integers(0, 30)


class Readers(RuleBasedStateMachine):
    """What people do to a blog, and what its readers see."""

    def __init__(self, workers, scratch) -> None:
        super().__init__()
        self.workers, self.scratch = workers, scratch
        self.comments: list[str] = []
        self.decisions: list[str] = []
        self.slowest = 0.0
        with self.house(0).database.transaction() as db:
            site = make.site(db)
            self.key, self.site_id, self.moderator = site.key, site.id, make.moderator(db, site).id
        self.reader = {"Authorization": f"Bearer {session_token(self.house(0), self.key, name='Bob')[0]}"}

    def house(self, worker: int):
        return self.workers[worker].extensions["house"]

    def client(self, worker: int):
        return self.workers[worker].test_client(use_cookies=False)

    def do(self, worker: int, work):
        """Do something in a transaction of a worker's, if the rules of the house allow it."""
        house = self.house(worker)
        with suppress(Problem), house.database.transaction() as db:
            return work(db, db.get_one(Moderator, self.moderator), house.now())

    @rule(worker=WORKERS, page=strategies.sampled_from(["/her", "/her", "/him"]), answer=strategies.booleans())
    def submit(self, worker: int, page: str, answer: bool) -> None:
        shown = self.client(worker).get(f"/api/v1/thread?site={self.key}&page={page}").json["comments"]
        parents = [comment["id"] for comment in shown if not comment.get("removed")]
        url = f"{make.BLOG}{page}"
        sent = guest_comment(self.key, body_text=f"Number {len(self.comments)}.", key=page, url=url, title=page)
        sent["parent"] = parents[-1] if answer and parents else None
        told = self.client(worker).post(COMMENTS, json=sent)
        if told.status_code == 201:
            self.comments.append(told.json["id"])

    @rule(worker=WORKERS)
    def submit_as_bob(self, worker: int) -> None:
        sent = guest_comment(self.key, body_text=f"Bob's {len(self.comments)}.", guest=None)
        told = self.client(worker).post(COMMENTS, json=sent, headers=self.reader)
        if told.status_code == 201:
            self.comments.append(told.json["id"])

    @rule(
        worker=WORKERS,
        which=WHICH,
        status=strategies.sampled_from([Status.approved] * 4 + [Status.rejected, Status.spam, Status.waiting]),
    )
    def decide(self, worker: int, which: int, status: Status) -> None:
        if self.comments:
            given = {"comment_id": self.chosen(which), "status": status}
            outcome = self.do(worker, lambda db, who, now: moderate(db, moderator=who, now=now, **given))
            if outcome.decision_id:
                self.decisions.append(outcome.decision_id)

    @rule(worker=WORKERS)
    def take_back(self, worker: int) -> None:
        if self.decisions:
            chosen = self.decisions.pop()
            self.do(worker, lambda db, who, now: undo(db, moderator=who, decision_id=chosen, now=now))

    @rule(worker=WORKERS, which=WHICH)
    def change(self, worker: int, which: int) -> None:
        if self.comments:
            self.do(worker, lambda db, _, now: edit(db, self.chosen(which), prepare(f"Changed {now}."), now=now))

    @rule(worker=WORKERS, which=WHICH)
    def withdraw(self, worker: int, which: int) -> None:
        if self.comments:
            self.do(worker, lambda db, _, now: withdraw(db, self.chosen(which), now=now))

    @rule(worker=WORKERS, which=WHICH, method=strategies.sampled_from(["put", "put", "delete"]))
    def like(self, worker: int, which: int, method: str) -> None:
        address = f"{COMMENTS}/{self.chosen(which)}/like" if self.comments and which % 3 else None
        ask = getattr(self.client(worker), method)
        ask(address or f"/api/v1/pages/like?site={self.key}&page=/her", headers=self.reader)

    @rule(
        worker=WORKERS,
        which=WHICH,
        action=strategies.sampled_from(
            [
                ("close_page", {"closed": True}),
                ("close_page", {"closed": False}),
                ("pin", {"pinned": True}),
                ("pin", {"pinned": False}),
                ("ban", {"ban": "new", "until": None}),
                ("trust", {"trusted": True}),
            ]
        ),
    )
    def act(self, worker: int, which: int, action) -> None:
        if not self.comments:
            return
        kind, wanted = action

        def work(db, who, now):
            comment = db.get_one(Comment, self.chosen(which))
            subject = {"close_page": comment.page_id, "pin": comment.id}.get(kind, comment.person_id)
            return act(db, kind, moderator=who, subject_id=subject, wanted=wanted, now=now)

        self.do(worker, work)

    @rule(worker=WORKERS, which=WHICH)
    def forget_somebody(self, worker: int, which: int) -> None:
        if self.comments and which > 20:
            self.do(worker, lambda db, _, now: erase(db, db.get_one(Comment, self.chosen(which)).person_id, now=now))

    @rule(worker=WORKERS, days=strategies.sampled_from([None, 1, 1_000]))
    def set_when_pages_close(self, worker: int, days: int | None) -> None:
        def work(db, _, now):
            site = db.get_one(Site, self.site_id)
            site.settings = {"close_after_days": days}
            site.revision += 1

        self.do(worker, work)

    @rule(worker=WORKERS)
    def write_elsewhere(self, worker: int) -> None:
        self.do(worker, lambda db, _, now: make.site(db))

    def chosen(self, which: int) -> str:
        return self.comments[which % len(self.comments)]

    def addresses(self):
        her, him, nothing = (f"site={self.key}&page={page}" for page in ("/her", "/him", "/nothing"))
        yield from (f"/api/v1/thread?{her}&sort={sort}" for sort in ("oldest", "newest", "best"))
        yield from (f"/fragment?{page}" for page in (her, nothing))
        yield from (f"/api/v1/thread?{page}" for page in (him, nothing))
        yield f"/api/v1/counts?site={self.key}&page=/her&page=/him&page=/nothing"
        yield f"/api/v1/recent?site={self.key}&limit=5"
        yield f"/api/v1/sites/{self.key}"
        yield f"/feeds/{self.key}.atom"
        yield f"/feeds/{self.key}/page.atom?page=/her"

    @invariant()
    def every_worker_tells_the_truth(self) -> None:
        began = time.monotonic()
        patience = 0.0 if self.house(0).database.is_sqlite else PATIENCE
        client = self.scratch.test_client(use_cookies=False)
        truths = {address: seen(client, address) for address in self.addresses()}
        for worker in (0, 1):
            client = self.client(worker)
            for address, truth in truths.items():
                while (told := seen(client, address)) != truth and time.monotonic() < began + patience:
                    time.sleep(0.005)
                assert told == truth, address
            packed = client.get(address, headers={"Accept-Encoding": "br"})
            assert (packed.headers.get("Content-Encoding") != "br") or brotli.decompress(packed.data) == truth[1]
        self.slowest = max(self.slowest, time.monotonic() - began)


def seen(client, address):
    answer = client.get(address)
    return answer.status_code, answer.data, answer.headers.get("ETag")


def applications(tmp_path, url):
    given = {"data": tmp_path / "data", "database_url": url, "secret": "s" * 40, "limited": False}
    return [create_app(load_settings(**given, ready_bytes=size)) for size in (1 << 20, 1 << 20, 0)]


def run(workers, scratch, *, examples: int = EXAMPLES) -> None:
    run_state_machine_as_test(
        lambda: Readers(workers, scratch),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not IS_LONG,
            # A failure tells its steps; making them fewer takes minutes.
            phases=[Phase.generate, *([Phase.shrink] if IS_LONG else [])],
            report_multiple_bugs=False,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_workers_tell_the_truth_after_whatever_happens(database_url, tmp_path):
    *workers, scratch = applications(tmp_path, database_url)
    try:
        run(workers, scratch)
        ready = [worker.extensions["house"].ready for worker in workers]
        print(f"{[one.hits for one in ready]} answers from memory, {[one.builds for one in ready]} built")
        assert min(one.hits for one in ready) > 0
    finally:
        for app in (*workers, scratch):
            app.extensions["house"].database.close()


class Asleep:
    """Believes that nothing ever changes."""

    def state(self) -> int:
        return 0

    def revisions(self, site_id: str, page_key: str) -> None:
        return None


def test_a_cache_that_never_looks_is_found_out(sqlite_url, tmp_path):
    """The control: the test above can fail."""
    *workers, scratch = applications(tmp_path, sqlite_url)
    workers[1].extensions["house"].ready._freshness = Asleep()
    # It ends at the first that is found.
    with pytest.raises((AssertionError, ExceptionGroup)):
        run(workers, scratch, examples=30)
    for worker in (*workers, scratch):
        worker.extensions["house"].database.close()


def test_a_reader_who_asks_all_the_time_never_sees_what_was_not_approved(database_url, tmp_path):
    """No read that begins two seconds after a decision, and on SQLite none at all, shows the state before it."""
    reader, writer, scratch = applications(tmp_path, database_url)
    house = writer.extensions["house"]
    with house.database.transaction() as db:
        site = make.site(db)
        key, moderator = site.key, make.moderator(db, site).id
        comment = make.comment(db, make.page(db, site, key="/her"), make.person(db, site)).id
    client = reader.test_client(use_cookies=False)
    lags = []
    for status in [Status.approved, Status.rejected] * 10:
        with house.database.transaction() as db:
            who = db.get_one(Moderator, moderator)
            moderate(db, moderator=who, comment_id=comment, status=status, now=house.now())
        began = last = time.monotonic()
        while bool(client.get(f"/api/v1/thread?site={key}&page=/her").json["comments"]) is not (
            status is Status.approved
        ):
            assert not house.database.is_sqlite, "on SQLite the very next read is true"
            assert last < began + PATIENCE
            last = time.monotonic()
        lags.append(last - began)
    print(f"the last read that was not true began at most {max(lags) * 1000:.0f} ms after a decision")
    with house.database.reading() as db:
        assert db.get(Page, db.get(Comment, comment).page_id).revision == 20
        assert db.query(Person).count() == 1
    for app in (reader, writer, scratch):
        app.extensions["house"].database.close()
