"""Kills a migration at each of its statements, and runs it again: `python -m tests.faults.killer JSON`.

A process of its own, without threads, so that it may fork: each try is a child that dies, and a child that tries again.
Prints a line of JSON for each: the point, and what is wrong with the schema afterwards.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, make_url

from moderation.foundation.database import Database
from moderation.foundation.sqlite import begin
from moderation.migrations import is_current, upgrade
from moderation.migrations.run import differences

# Dying between two of these is dying before the next statement that changes something.
_LOOKS = ("SELECT", "PRAGMA", "WITH")


def main(given: dict[str, Any]) -> None:
    """Try every point, or every so manyth.

    Args:
        given: ``url``; ``template``, the file or the database that is its beginning; ``server``, for PostgreSQL;
            ``stride``; ``legacy`` for statements that each commit themselves.
    """
    point = 1
    while True:
        begin_anew(given)
        died = in_child(partial(migrate, given, kill_at=point))
        if died == 0:
            break
        if died != signal.SIGKILL:
            raise SystemExit(f"the first run ended with {died}")
        wrong = in_child(lambda: migrate(given | {"legacy": False}))
        print(json.dumps({"point": point, "wrong": wrong != 0}), flush=True)
        point += given["stride"]


def begin_anew(given: dict[str, Any]) -> None:
    url = make_url(given["url"])
    if not given.get("server"):
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{url.database}{suffix}").unlink()
        shutil.copy(given["template"], str(url.database))
        return
    with psycopg.connect(given["server"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')
        made = f'CREATE DATABASE "{url.database}" TEMPLATE "{given["template"]}" STRATEGY FILE_COPY'
        connection.execute(made)


def in_child(work: Callable[[], None]) -> int:
    """Return the exit status of a child, or the number of the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            if os.environ.get("KILLER_TELLS"):
                traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def migrate(given: dict[str, Any], kill_at: int = 0) -> None:
    """Migrate to the newest form, and look whether it is right; die at a statement or COMMIT."""
    database = Database(given["url"], pool_size=2)
    if given["legacy"]:
        event.remove(database.engine, "begin", begin)
    reached = 0

    def count(_connection: Any, _cursor: Any = None, statement: str = "COMMIT", *_rest: Any) -> None:
        nonlocal reached
        if statement.lstrip().startswith(_LOOKS):
            return
        reached += 1
        if reached == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "before_cursor_execute", count)
    event.listen(database.engine, "commit", count)
    upgrade(database)
    if not is_current(database) or differences(database):
        raise SystemExit(1)
    database.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
