"""The process dies at each point where a comment is half done, and the client tries again (R2)."""

import json
import sys

import pytest
from sqlalchemy import func, select

from moderation.foundation.database import Database
from moderation.records import Comment, Decision, Notice, Submission, Subscription, Version
from tests import make
from tests.cli.serving import serving, until
from tests.faults.asking import Asking
from tests.faults.saboteur import POINTS
from tests.faults.scale import IS_LONG, SECONDS, counting, scaled, tell

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="a child must end with its parent at once"),
    pytest.mark.timeout(SECONDS),
]
# The same points on both databases in the long form; what differs between them is held by the tests of killing.
KINDS = ["sqlite", "postgresql"] if IS_LONG else ["sqlite"]


def prepare(url):
    """Make a site where a guest's comment is approved at once, and somebody who is then told."""
    database = Database(url, pool_size=2)
    with database.transaction() as db:
        site = make.site(db, key="blog", moderate="none")
        reader = make.person(db, site, name="Reader", email="reader@mail.example")
        page = make.page(db, site, key="/her")
        wish = {"page_id": page.id, "person_id": reader.id, "confirmed_at": make.NOW, "created_at": make.NOW}
        db.add(Subscription(**wish))
    database.close()


def counted(url):
    """Return how many rows of each kind there are."""
    database = Database(url, pool_size=2)
    with database.reading() as db:
        kinds = (Comment, Version, Submission, Decision, Notice)
        found = {kind.__tablename__: db.scalar(select(func.count()).select_from(kind)) for kind in kinds}
    database.close()
    return found


def arm(tmp_path, point):
    """Let the process die when it gets there, once."""
    aside = tmp_path / "arming"
    aside.write_text(point)
    aside.rename(tmp_path / "armed")


def sabotaged(tmp_path, url, **sabotage):
    given = {"SABOTAGE": json.dumps(sabotage | {"armed": str(tmp_path / "armed")})}
    return serving(tmp_path / "data", database_url=url, program="tests.faults.saboteur", variables=given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_comment_is_stored_decided_and_announced_once_wherever_the_process_dies(request, tmp_path, kind):
    url = request.getfixturevalue(f"{kind}_url")
    prepare(url)
    rounds, crashes = scaled(1, 30), 0
    progress = counting(f"R2 {kind}", "crashes", rounds * len(POINTS))
    with sabotaged(tmp_path, url) as service:
        for number in range(rounds):
            for point in POINTS:
                arm(tmp_path, point)
                asking = Asking(service, f"comment {number} {point}")
                assert asking.until_answered() == 201
                assert asking.lost >= 1, point
                assert not (tmp_path / "armed").exists(), point
                crashes += 1
                progress(crashes)
    progress.end()
    assert counted(url) == dict.fromkeys(("comment", "version", "submission", "decision", "notice"), crashes)
    tell("R2", f"{len(POINTS)} crash points, {kind}", crashes=crashes, lost=0, doubled=0)


def test_acknowledged_before_it_is_stored_a_comment_is_lost(tmp_path, sqlite_url):
    """The control: the order turned round."""
    prepare(sqlite_url)
    with sabotaged(tmp_path, sqlite_url, answers_early=True) as service:
        arm(tmp_path, "before COMMIT")
        assert Asking(service, "comment").until_answered() == 201
        until(lambda: not (tmp_path / "armed").exists())
        service.wait()
    lost = 1 - counted(sqlite_url)["comment"]
    tell("R2", "control: answered before COMMIT", crashes=1, lost=lost)
    assert lost == 1


def test_a_notice_in_a_transaction_of_its_own_is_lost(tmp_path, sqlite_url):
    """The control: decided first, announced afterwards."""
    prepare(sqlite_url)
    with sabotaged(tmp_path, sqlite_url, notices_late=True) as service:
        arm(tmp_path, "between two transactions")
        asking = Asking(service, "comment")
        assert asking.until_answered() == 201
        assert asking.lost >= 1
    found = counted(sqlite_url)
    tell("R2", "control: notice after COMMIT", crashes=1, decisions=found["decision"], notices=found["notice"])
    assert (found["decision"], found["notice"]) == (1, 0)
