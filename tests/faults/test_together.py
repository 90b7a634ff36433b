"""Somebody reads for long, a backup is written, the log is moved, and comments come in: all at once (R5)."""

import itertools
import sqlite3
import threading
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import event, func, select, text

from moderation.foundation.database import Database
from moderation.foundation.errors import Problem
from moderation.foundation.sqlite import begin
from moderation.moving.archive import Heading
from moderation.moving.back_up import back_up
from moderation.moving.restore import open_backup
from moderation.records import Site, Version
from tests import make
from tests.faults.scale import SECONDS, scaled, tell

pytestmark = pytest.mark.timeout(SECONDS)
WRITERS, BATCH, ROUNDS = 4, 25, scaled(4, 200)
HEADING = Heading(release="0", revision="0001", made_at="2026-11-22T06:28:00Z", seal=None)


def write(url, numbers, errors, *, deferred=False):
    """Read and then write, again and again, as a process of its own would."""
    with closing(Database(url, pool_size=2)) as database:
        if deferred:
            event.remove(database.engine, "begin", begin)
            event.listen(database.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        for number in itertools.islice(numbers, BATCH):
            try:
                with database.transaction() as db:
                    site = db.scalars(select(Site)).one()
                    page = make.page(db, site, key=f"/{number}")
                    make.comment(db, page, make.person(db, site), body="x" * 2000)
            except Problem as error:
                errors.append(error)


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def writers(url, numbers, errors, **how):
    return [lambda: write(url, numbers, errors, **how) for _ in range(WRITERS)]


def test_reading_long_backing_up_and_writing_do_not_disturb_each_other(sqlite_url, tmp_path):
    errors, logs, backups, numbers = [], [], [], itertools.count()
    with ExitStack() as stack:
        database = stack.enter_context(closing(Database(sqlite_url)))
        with database.transaction() as db:
            make.site(db)

        def back_up_and_check():
            file = tmp_path / f"backup-{len(backups)}"
            try:
                back_up(database, file, HEADING, lambda _count: None)
                backups.append(open_backup(file).check(lambda _count: None))
            except (Problem, sqlite3.Error) as error:
                errors.append(error)

        def move_log():
            for _ in range(5):
                database.checkpoint()

        for number in range(ROUNDS):
            with database.reading() as long:
                before = long.scalar(select(func.count()).select_from(Version))
                at_once(*writers(sqlite_url, numbers, errors), back_up_and_check, move_log)
                # Its own state, however much was written since.
                assert long.scalar(select(func.count()).select_from(Version)) == before
                logs.append(database.log_size())
            database.checkpoint()
            with database.reading() as db:
                assert db.scalar(select(func.count()).select_from(Version)) == (number + 1) * WRITERS * BATCH
        with database.reading() as db:
            assert db.scalar(text("PRAGMA integrity_check")) == "ok"
    comments = ROUNDS * WRITERS * BATCH
    figures = {"comments": comments, "backups": len(backups), "errors": len(errors)}
    tell("R5", "together", **figures, log_first_round_kb=logs[0] // 1024, log_at_most_kb=max(logs) // 1024)
    assert errors == []
    assert len(backups) == ROUNDS
    # As long as readers end, the log is used again: it holds what one of them lived through, not everything.
    assert max(logs) < 1.5 * logs[0] + (1 << 20)


def test_transactions_that_only_begin_to_write_later_fail(sqlite_url):
    """The control: SQLAlchemy's own deferred BEGIN."""
    errors = []
    with closing(Database(sqlite_url)) as database, database.transaction() as db:
        make.site(db)
    at_once(*writers(sqlite_url, itertools.count(), errors, deferred=True))
    tell("R5", "control: deferred BEGIN", comments=WRITERS * BATCH, errors=len(errors))
    assert errors
