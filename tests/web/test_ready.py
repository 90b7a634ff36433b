"""Answers kept ready: as true as if they were built at every read, in every worker, in every encoding."""

import gzip
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import brotli
import pytest

from moderation.app import create_app
from moderation.publishing.ready import Ready, Rests, encode
from moderation.records import Status
from moderation.settings import load_settings
from tests import make
from tests.cli.serving import until
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
    assert house.ready.builds == builds + 1
    assert {tuple(sorted(answer.headers)) for answer in answers} == {tuple(sorted(answers[0].headers))}
    # The server gives each its own; with an old one, a cache would take it for stale.
    assert "Date" not in answers[1].headers


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
    weighed = client.get(address, headers={"Accept-Encoding": "br;q=0.0, gzip; q=0.5"})
    assert weighed.headers["Content-Encoding"] == "gzip"
    refused = client.get(address, headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    again = client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": f'"x", W/{etags[2]}'})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(address, headers={"Accept-Encoding": "br", "If-None-Match": etags[0]}).status_code == 200


def test_an_answer_is_kept_packed_and_unpacked_for_who_asks_for_it_plain():
    body = b"word " * 20_000
    entry = encode(body, headers=(), rests=Rests(on_nothing=True), state=0)
    assert entry.size < 5_000
    plain = entry.form(["zstd"])
    assert (plain.body, plain.headers[-1]) == (body, ("Content-Length", "100000"))


def test_what_is_sent_at_once_is_what_a_reader_gets_else(app, client, site, approved):
    query, at_once = f"site={site}&page=/her", app.extensions["at_once"]
    for method, headers in (
        ("GET", {}),
        ("HEAD", {"accept-encoding": "br"}),
        ("GET", {"accept-encoding": "gzip, br"}),
        ("GET", {"accept-encoding": "gzip", "if-none-match": "*"}),
    ):
        expected = client.open(f"/api/v1/thread?{query}", method=method, headers=headers)
        # On PostgreSQL, as soon as this process hears what is announced.
        asked = (method, "/api/v1/thread", query, headers.get)
        status, told, body = until(lambda asked=asked: client.get(f"/api/v1/thread?{query}") and at_once(*asked))
        assert (status, body) == (expected.status_code, expected.data)
        assert set(told) == set(expected.headers.items())
    assert at_once("POST", "/api/v1/thread", query, {}.get) is None
    assert at_once("GET", "/api/v1/thread", f"{query}2", {}.get) is None
    assert at_once("GET", "/dashboard/", "", {}.get) is None


def test_what_is_sent_at_once_is_true_or_not_sent(app, client, site, house, approved):
    asked = ("GET", "/api/v1/thread", f"site={site}&page=/her", {}.get)
    for status, count in ((Status.rejected, 0), (Status.approved, 1)) * 3:
        client.get(f"/api/v1/thread?site={site}&page=/her")
        decide(house, approved, status)
        answer = app.extensions["at_once"](*asked)
        assert answer is None or json.loads(answer[2])["count"] == count


@pytest.mark.parametrize(
    "address",
    ["/api/v1/thread?site={}&page=/her", "/api/v1/thread?site={}&page=/her&x=1", "/feeds/{}.atom", "/embed/v1.js"],
)
def test_whoever_asks_for_the_head_first_takes_the_body_from_nobody(client, site, approved, address):
    head, get = client.head(address.format(site)), client.get(address.format(site))
    assert (head.status_code, head.data) == (200, b"")
    assert get.data
    assert head.headers["Content-Length"] == str(len(get.data))
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


def test_readers_and_a_full_memory_do_not_get_in_each_others_way():
    ready, stop, patience = Ready(SteadyFreshness(), limit=20_000), threading.Event(), sys.getswitchinterval()
    rests = Rests(site_id="s", page_key="/her", page_revision=1)

    def read():
        while not stop.is_set():
            for number in range(40):
                ready.get(f"/{number}", clock=lambda: make.NOW)

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        # Threads change so often that they meet.
        sys.setswitchinterval(1e-6)
        try:
            for number in range(6_000):
                page = replace(rests, page_key=f"/{number % 40}")
                ready.put(f"/{number % 40}", b"x" * 500, headers=(), rests=page, state=1)
                assert ready.size <= 20_000
        finally:
            sys.setswitchinterval(patience)
            stop.set()
        assert [one.result() for one in readers] == [None] * 3


class SteadyFreshness:
    """A database in which nothing changes."""

    is_near = True

    def state(self):
        return 1

    def revisions(self, _site_id, _page_key):
        return 1, 0


def test_many_readers_at_once_cause_one_build(app, site, house, approved):
    address, builds = f"/api/v1/thread?site={site}&page=/her", house.ready.builds
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: app.test_client().get(address).data, range(64)))
    assert len(set(answers)) == 1
    assert house.ready.builds == builds + 1


def test_pages_without_comments_are_kept_once(client, site, house):
    addresses = [f"/api/v1/thread?site={site}&page=/nothing-{number}" for number in range(300)]
    answers = {client.get(address).data for address in addresses}
    builds = house.ready.builds
    assert answers == {client.get(address).data for address in addresses}
    assert len(answers) == 1
    assert (house.ready.builds, house.ready.size < 400_000) == (builds, True)
    # The first comment, though it waits, makes the page known.
    client.post(COMMENTS, json=guest_comment(site, key="/nothing-7", url=f"{make.BLOG}/nothing-7"))
    assert client.get(addresses[7]).json["page"]["key"] == "/nothing-7"
    assert client.get(addresses[8]).json["page"] is None
    assert house.ready.builds == builds + 1


def test_the_script_is_built_once_whatever_is_written(client, site, house):
    first = client.get("/embed/v1.js").data
    builds = house.ready.builds
    client.post(COMMENTS, json=guest_comment(site))
    assert client.get("/embed/v1.js").data == first
    assert house.ready.builds == builds


def _settings(tmp_path, database):
    url = database.url.render_as_string(hide_password=False)
    return load_settings(data=tmp_path / "data", database_url=url, secret="s" * 40, limited=False)
