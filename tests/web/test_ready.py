"""Answers kept ready: as true as if they were built at every read, in every worker, in every encoding."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import brotli
import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from moderation.app import create_app
from moderation.foundation.errors import Problem
from moderation.intake.page import page_by_key, site_by_key
from moderation.journey import edit, moderate, prepare, undo, withdraw
from moderation.publishing.thread import Sort, thread
from moderation.records import Moderator, Status
from moderation.settings import load_settings
from tests import make
from tests.web.service import COMMENTS, decide, guest_comment


@pytest.fixture
def approved(client, site, house):
    told = client.post(COMMENTS, json=guest_comment(site, body_text="word " * 300)).json
    decide(house, told["id"], Status.approved)
    return told["id"]


def test_an_answer_is_built_once_and_then_only_sent(client, site, house, approved):
    address = f"/api/v1/thread?site={site}&page=/her"
    builds = house.ready.builds
    answers = [client.get(address) for _ in range(5)]
    assert {answer.data for answer in answers} == {answers[0].data}
    if house.database.is_sqlite:
        assert house.ready.builds == builds + 1
    assert {tuple(sorted(answer.headers)) for answer in answers} == {tuple(sorted(answers[0].headers))}


def test_each_encoding_holds_the_same_and_has_an_etag_of_its_own(client, site, approved):
    address = f"/api/v1/thread?site={site}&page=/her"
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    smaller = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert (packed.headers["Content-Encoding"], smaller.headers["Content-Encoding"]) == ("gzip", "br")
    assert gzip.decompress(packed.data) == brotli.decompress(smaller.data) == plain.data
    etags = [answer.headers["ETag"] for answer in (plain, packed, smaller)]
    assert len(set(etags)) == 3
    assert all(answer.headers["Vary"] == "Accept-Encoding" for answer in (plain, packed, smaller))
    refused = client.get(address, headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    again = client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": f'"x", W/{etags[2]}'})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": etags[0]}).status_code == 200


def test_head_tells_the_same_without_a_body(client, site, approved):
    address = f"/api/v1/thread?site={site}&page=/her"
    head, get = client.head(address), client.get(address)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_errors_are_never_kept(client, site, house):
    for _ in range(3):
        assert client.get("/api/v1/thread?site=nowhere&page=/her").status_code == 404
    assert house.ready.size == 0


def test_scanning_pages_and_parameters_takes_no_memory(client, site, house, approved):
    client.get(f"/api/v1/thread?site={site}&page=/her")
    for number in range(120):
        client.get(f"/api/v1/thread?site={site}&page=/nothing-{number}")
        client.get(f"/api/v1/thread?site={site}&page=/her&after=&x={number}")
    assert house.ready.size < 300_000


def test_a_page_that_closes_by_age_is_told_closed_from_that_moment(database, tmp_path):
    app = create_app(_settings(tmp_path, database))
    house = app.extensions["house"]
    with house.database.transaction() as db:
        site = make.site(db, close_after_days=1)
        page = make.page(db, site, key="/her")
        page.created_at = house.now() - timedelta(days=1) + timedelta(seconds=2)
        key = site.key
    client, address = app.test_client(), f"/api/v1/thread?site={key}&page=/her"
    assert client.get(address).json["page"]["open"] is True
    while house.now() < page.created_at + timedelta(days=1):
        client.get(address)
    assert client.get(address).json["page"]["open"] is False
    house.database.close()


def test_many_readers_at_once_cause_one_build(app, site, house, approved):
    if not house.database.is_sqlite:
        pytest.skip("without a notice of commits, each reader asks whether anything changed")
    address, builds = f"/api/v1/thread?site={site}&page=/her", house.ready.builds
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: app.test_client().get(address).data, range(64)))
    assert len(set(answers)) == 1
    assert house.ready.builds == builds + 1


def _settings(tmp_path, database):
    url = database.url.render_as_string(hide_password=False)
    return load_settings(data=tmp_path / "data", database_url=url, secret="s" * 40, limited=False)


class Readers(RuleBasedStateMachine):
    """Whatever is done, in whichever order and by whichever worker, each worker's next read tells the truth."""

    def __init__(self, workers) -> None:
        super().__init__()
        self.workers = workers
        self.comments: list[str] = []
        self.decisions: list[str] = []
        with self.house(0).database.transaction() as db:
            site = make.site(db)
            self.key, self.moderator = site.key, make.moderator(db, site).id

    def house(self, worker: int):
        return self.workers[worker].extensions["house"]

    def write(self, worker: int, work):
        with self.house(worker).database.transaction() as db:
            return work(db)

    @rule(worker=strategies.integers(0, 1), answer=strategies.booleans())
    def submit(self, worker: int, answer: bool) -> None:
        shown = self.client(0).get(self.address()).json["comments"]
        parents = [comment["id"] for comment in shown if not comment.get("removed")]
        sent = guest_comment(self.key, body_text=f"Number {len(self.comments)}.")
        sent["parent"] = parents[-1] if answer and parents else None
        told = self.client(worker).post(COMMENTS, json=sent)
        assert told.status_code == 201, told.text
        self.comments.append(told.json["id"])

    @rule(
        worker=strategies.integers(0, 1),
        which=strategies.integers(0, 30),
        status=strategies.sampled_from(
            [Status.approved, Status.approved, Status.rejected, Status.spam, Status.waiting]
        ),
    )
    def decide(self, worker: int, which: int, status: Status) -> None:
        if self.comments:
            chosen, now = self.comments[which % len(self.comments)], self.house(worker).now()
            outcome = self.write(
                worker,
                lambda db: moderate(db, moderator=self.who(db), comment_id=chosen, status=status, now=now),
            )
            if outcome.decision_id:
                self.decisions.append(outcome.decision_id)

    @rule(worker=strategies.integers(0, 1))
    def take_back(self, worker: int) -> None:
        if self.decisions:
            chosen, now = self.decisions.pop(), self.house(worker).now()
            self.try_to(worker, lambda db: undo(db, moderator=self.who(db), decision_id=chosen, now=now))

    @rule(worker=strategies.integers(0, 1), which=strategies.integers(0, 30))
    def change(self, worker: int, which: int) -> None:
        if self.comments:
            chosen, now = self.comments[which % len(self.comments)], self.house(worker).now()
            self.try_to(worker, lambda db: edit(db, chosen, prepare(f"Changed {now}."), now=now))

    @rule(worker=strategies.integers(0, 1), which=strategies.integers(0, 30))
    def withdraw(self, worker: int, which: int) -> None:
        if self.comments:
            chosen, now = self.comments[which % len(self.comments)], self.house(worker).now()
            self.try_to(worker, lambda db: withdraw(db, chosen, now=now))

    @rule(worker=strategies.integers(0, 1))
    def write_elsewhere(self, worker: int) -> None:
        self.write(worker, lambda db: make.site(db))

    def try_to(self, worker: int, work) -> None:
        with suppress(Problem):
            self.write(worker, work)

    def who(self, db):
        return db.get_one(Moderator, self.moderator)

    def client(self, worker: int):
        return self.workers[worker].test_client()

    def address(self, sort: str = "oldest") -> str:
        return f"/api/v1/thread?site={self.key}&page=/her&sort={sort}"

    @invariant()
    def every_worker_tells_the_truth(self) -> None:
        house = self.house(0)
        for sort in Sort:
            with house.database.reading() as db:
                site = site_by_key(db, self.key)
                page = page_by_key(db, site, "/her")
                true = json.loads(json.dumps(thread(db, site, page, now=house.now(), sort=sort)))
            for worker in (0, 1):
                assert self.client(worker).get(self.address(sort.value)).json == true
        counted = {self.client(worker).get(f"/api/v1/counts?site={self.key}&page=/her").text for worker in (0, 1)}
        assert counted == {f'{{"counts":{{"/her":{true["count"]}}}}}'}


def test_two_workers_tell_the_truth_after_whatever_happens(sqlite_url, tmp_path):
    given = load_settings(data=tmp_path / "data", database_url=sqlite_url, secret="s" * 40, limited=False)
    workers = [create_app(given), create_app(given)]
    run_state_machine_as_test(
        lambda: Readers(workers),
        settings=settings(
            max_examples=10, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    for worker in workers:
        worker.extensions["house"].database.close()
