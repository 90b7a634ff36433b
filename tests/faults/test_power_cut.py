"""The power fails while comments come in: whatever was acknowledged is there afterwards, and the file is sound (R3).

Simulated: `powercut.py` says how, and what that leaves out.
"""

import json
import random
import shutil
import sqlite3
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from moderation.foundation.database import Database
from tests import make
from tests.cli.serving import serving, until
from tests.faults.asking import Asking
from tests.faults.powercut import build_recorder, cuts, read_record
from tests.faults.scale import SECONDS, counting, scaled, tell

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD"), pytest.mark.timeout(SECONDS)]
CUTS = scaled(40, 2000)
COMMENTS = scaled(60, 2000)
CLIENTS = 3


@pytest.fixture(scope="module")
def recorder(tmp_path_factory):
    library = build_recorder(tmp_path_factory.mktemp("powercut"))
    if library is None:
        pytest.skip("no C compiler here to build what records writes and syncs")
    return library


def take_comments(tmp_path, url, recorder, **sabotage):
    """Serve with everything written down; return the events, and what was acknowledged and when."""
    file = Path(str(make_url(url).database))
    given = {
        "LD_PRELOAD": str(recorder),
        "POWERCUT_FILE": str(file),
        "POWERCUT_RECORD": str(tmp_path / "record"),
        "SABOTAGE": json.dumps(sabotage | {"armed": str(tmp_path / "armed")}),
    }
    base, acknowledged = file.read_bytes(), []

    def send(client):
        for number in range(COMMENTS // CLIENTS):
            text = f"comment {client} {number}"
            assert Asking(service, text).until_answered() == 201
            acknowledged.append((time.monotonic(), text))

    settings = {"database_url": url, "program": "tests.faults.saboteur", "variables": given}
    with serving(tmp_path / "data", **settings) as service:
        threads = [threading.Thread(target=send, args=(client,)) for client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        service.process.kill()
        until(lambda: service.process.poll() is not None)
    return base, read_record(tmp_path / "record"), acknowledged


def look(folder, files):
    """Return which texts a database holds after a cut, None when it is damaged."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        with closing(sqlite3.connect(folder / "main")) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                return None
            return {text for (text,) in connection.execute("SELECT body FROM version")}
    except sqlite3.DatabaseError:
        return None


def damage(tmp_path, base, events, acknowledged):
    """Cut the power again and again; return in how many cuts something was lost or damaged, and how many comments."""
    chance = random.Random(7)
    first = next(number for number, event in enumerate(events) if event.at > min(acknowledged)[0])
    places = sorted(chance.sample(range(first, len(events)), min(CUTS, len(events) - first)))
    progress = counting("R3", "power cuts", len(places))
    bad, lost = 0, 0
    for number, (place, files) in enumerate(zip(places, cuts(events, base, places, chance), strict=True), 1):
        held = look(tmp_path / "after", files)
        promised = {text for moment, text in acknowledged if moment < events[place].at}
        missing = promised - held if held is not None else promised
        bad += held is None or bool(missing)
        lost += len(missing)
        progress(number)
    progress.end()
    return len(places), bad, lost


def prepare(url):
    with closing(Database(url, pool_size=2)) as database, database.transaction() as db:
        make.site(db, key="blog", moderate="all")
    with closing(Database(url, pool_size=2)) as database:
        database.checkpoint()


def test_no_acknowledged_comment_is_lost_when_the_power_fails(tmp_path, sqlite_url, recorder):
    prepare(sqlite_url)
    base, events, acknowledged = take_comments(tmp_path, sqlite_url, recorder)
    assert len(acknowledged) == COMMENTS // CLIENTS * CLIENTS
    cut, bad, lost = damage(tmp_path, base, events, acknowledged)
    tell("R3", "synchronous=FULL", power_cuts=cut, cuts_with_damage=bad, comments_lost=lost)
    assert (bad, lost) == (0, 0)


def test_without_syncing_acknowledged_comments_are_lost(tmp_path, sqlite_url, recorder):
    """The control: synchronous=OFF."""
    prepare(sqlite_url)
    base, events, acknowledged = take_comments(tmp_path, sqlite_url, recorder, synchronous="OFF")
    cut, bad, lost = damage(tmp_path, base, events, acknowledged)
    tell("R3", "control: synchronous=OFF", power_cuts=cut, cuts_with_damage=bad, comments_lost=lost)
    assert bad > 0
