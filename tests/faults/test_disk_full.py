"""The disk fills up and is freed again: writers are told to come back, readers notice nothing (R4)."""

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from moderation.foundation.database import Database
from moderation.records import Status
from tests import make
from tests.cli.serving import serving, until
from tests.faults.asking import Asking
from tests.faults.scale import SECONDS, scaled, tell

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="tmpfs"), pytest.mark.timeout(SECONDS)]
ROUNDS = scaled(2, 50)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk, and not in every container")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up all space there is."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


def send(service, text):
    """Send a comment once; return the status, and what the Retry-After says."""
    asking = Asking(service, text)
    connection = http.client.HTTPConnection("localhost", service.port, timeout=60)
    try:
        connection.request("POST", "/api/v1/comments", asking.sent, asking.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Retry-After"]
    finally:
        connection.close()


def test_a_full_disk_stops_writers_only_and_only_until_there_is_space(small_disk):
    file = small_disk / "data" / "moderation.db"
    url, log = f"sqlite:///{file}", file.with_name(f"{file.name}-wal")
    with serving(small_disk / "data") as service:
        database = Database(url, pool_size=2)
        with database.transaction() as db:
            site = make.site(db, key="blog", moderate="all")
            page = make.page(db, site, key="/her")
            make.comment(db, page, make.person(db, site), status=Status.approved)
        database.close()
        acknowledged, refused = 0, 0
        for number in range(ROUNDS):
            status, _ = send(service, f"before {number}")
            assert status == 201
            acknowledged += 1
            ballast = fill(small_disk)
            # What space its log has left from before may still take a few.
            told = [send(service, f"during {number} {tries}") for tries in range(200)]
            assert {status for status, _ in told} <= {201, 503}
            assert told[-1][0] == 503
            assert all(int(later) >= 1 for status, later in told if status == 503)
            acknowledged += sum(status == 201 for status, _ in told)
            refused += sum(status == 503 for status, _ in told)
            for path in ("/api/v1/thread?site=blog&page=/her", "/api/v1/thread?site=blog&page=/none", "/health/ready"):
                assert service.ask(path)[0] == 200
            ballast.unlink()
            until(lambda number=number: send(service, f"after {number}")[0] == 201)
            acknowledged += 1
            if log.stat().st_size > 1 << 20:
                # The worker moves a log that has grown every second, and needs space for that.
                time.sleep(2)
        assert len(service.started("web-1")) == 1
        assert service.stop() == 0
    database = Database(url, pool_size=2)
    with database.reading() as db:
        stored = db.connection().exec_driver_sql("SELECT count(DISTINCT body), count(*) FROM version").one()
        assert db.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()
    tell(
        "R4", "8 MB disk", rounds=ROUNDS, acknowledged=acknowledged, refused_with_retry_after=refused, stored=stored[1]
    )
    assert tuple(stored) == (acknowledged + 1, acknowledged + 1)
