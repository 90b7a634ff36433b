"""Two moderators decide at the same moment (R11), and one submission comes three times at once (R12)."""

import json
import threading
from contextlib import closing

import pytest
from sqlalchemy import func, select

from moderation.foundation.database import Database
from moderation.foundation.tokens import digest, new_token
from moderation.records import Comment, Decision, Page, PersonalKey, Site, Status
from tests import make
from tests.cli.serving import Serving
from tests.conftest import create_postgresql
from tests.faults.asking import Asking
from tests.faults.scale import SECONDS, counting, scaled, tell

pytestmark = pytest.mark.timeout(SECONDS)
PAIRS = scaled(40, 10_000)
TRIPLES = scaled(15, 3_000)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, tmp_path_factory):
    """A service, its database, and the keys of two moderators."""
    folder = tmp_path_factory.mktemp("at-once")
    url = f"sqlite:///{folder / 'moderation.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        name = f"moderation_{folder.name.replace('-', '_')}_{new_token()[:8].lower().replace('-', '_')}"
        create_postgresql(server, name, request.getfixturevalue("postgresql_template"))
        url = server.replace("/postgres?", f"/{name}?")
    service = Serving(folder / "data", database_url=url)
    try:
        service.wait()
        with closing(Database(url, pool_size=4)) as database:
            yield request.param, service, database, keys(database)
    finally:
        service.end()


def keys(database):
    found = []
    with database.transaction() as db:
        site = make.site(db, key="blog", moderate="all")
        make.page(db, site, key="/her")
        for _ in range(2):
            found.append(new_token("mk_"))
            moderator = make.moderator(db, site)
            made = {"label": "Test", "created_at": make.NOW}
            db.add(PersonalKey(digest=digest(found[-1]), moderator_id=moderator.id, **made))
    return found


def at_once(*works):
    """Do some things at the same moment, each in a thread; return their results when all are done."""
    results, start = [None] * len(works), threading.Barrier(len(works))

    def do(number, work):
        start.wait()
        results[number] = work()

    threads = [threading.Thread(target=do, args=job) for job in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def waiting_comments(database, count):
    """Make comments that wait; return their ids."""
    made = []
    with database.transaction() as db:
        site = db.scalars(select(Site)).one()
        page = db.scalars(select(Page)).one()
        person = make.person(db, site)
        made += [make.comment(db, page, person).id for _ in range(count)]
    return made


def decide(service, key, comment, status):
    headers = {"Authorization": f"Bearer {key}"}
    code, answer = service.ask(
        "/api/v1/decisions", body={"comments": [comment], "status": status}, headers=headers, seconds=60
    )
    assert code == 200, answer
    return json.loads(answer)["results"][0]["problem"]


def decide_in_pairs(running, count, named, title):
    """Let two moderators want different things of each comment; return what both were told."""
    kind, service, database, (one, other) = running
    told, progress = [], counting(f"{title} {kind}", "pairs", count)
    comments = waiting_comments(database, count)
    for number, comment in enumerate(comments, 1):
        both = at_once(
            lambda comment=comment: decide(service, one, named(comment), "approved"),
            lambda comment=comment: decide(service, other, named(comment), "rejected"),
        )
        told.append(both)
        progress(number)
    progress.end()
    decisions = select(func.count()).where(Decision.comment_id == Comment.id).scalar_subquery()
    with database.reading() as db:
        counts = dict(db.execute(select(Comment.id, decisions).where(Comment.id.in_(comments[-1000:]))).all())
        statuses = set(db.scalars(select(Comment.status).where(Comment.id.in_(comments[-1000:]))))
    return told, counts, statuses


def test_of_two_moderators_one_decides_and_the_other_is_told(running):
    told, counts, statuses = decide_in_pairs(running, PAIRS, lambda comment: {"id": comment, "version": 1}, "R11")
    slower = sum(sorted(both, key=str) == sorted([None, "changed"], key=str) for both in told)
    tell("R11", f"two moderators, {running[0]}", pairs=PAIRS, one_decided_and_the_other_told=slower)
    assert slower == PAIRS
    assert set(counts.values()) == {1}
    assert statuses <= {Status.approved, Status.rejected}


def test_without_the_version_both_decide_and_nobody_is_told(running):
    """The control."""
    told, counts, _ = decide_in_pairs(running, 10, lambda comment: comment, "R11 control")
    both = sum(pair == [None, None] for pair in told)
    tell("R11", f"control: no version, {running[0]}", pairs=10, both_decided=both)
    assert both > 0
    assert 2 in counts.values()


def send_in_threes(running, count, *, with_key, title):
    """Send each comment three times at once; return the answers."""
    kind, service, _, _ = running
    told, progress = [], counting(f"{title} {kind}", "triples", count)
    for number in range(1, count + 1):
        text = f"{title} {number}"
        told.append(at_once(*[Asking(service, text, with_key=with_key).once] * 3))
        progress(number)
    progress.end()
    return told


def test_a_submission_that_comes_three_times_at_once_is_one_comment(running):
    told = send_in_threes(running, TRIPLES, with_key=True, title="R12")
    assert {status for answers in told for status, _ in answers} == {201}
    one = sum(len({document["id"] for _, document in answers}) == 1 for answers in told)
    tell("R12", f"three at once, {running[0]}", submissions=TRIPLES, one_comment=one)
    assert one == TRIPLES


def test_without_a_key_it_is_three_comments(running):
    """The control."""
    told = send_in_threes(running, 3, with_key=False, title="R12 control")
    three = sum(len({document["id"] for _, document in answers}) == 3 for answers in told)
    tell("R12", f"control: no key, {running[0]}", submissions=3, three_comments=three)
    assert three == 3
