"""Starts the service as `moderation` does, with something broken in it: a crash at a named point, a rule turned round.

`python -m tests.faults.saboteur serve`; SABOTAGE is JSON:

- ``armed``: a file; whoever submits a comment dies at the point that it names, once for each time it is there;
- ``synchronous``: what SQLite is told instead of FULL;
- ``answers_early``: a comment is acknowledged before it is stored;
- ``notices_late``: notices are written after the decision's transaction, in one of their own.

The program itself has no such switches; all of it happens through what SQLAlchemy and WSGI tell, from outside.
"""

import io
import json
import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

import moderation.cli.serve as serving
from moderation.cli import main
from moderation.notifying import announce

SABOTAGE: dict[str, Any] = json.loads(os.environ.get("SABOTAGE", "{}"))
POINTS = (
    "before BEGIN",
    "after BEGIN",
    "after the key",
    "after the comment",
    "between decision and notice",
    "after the notice",
    "before COMMIT",
    "after COMMIT",
    "before the answer",
)
_AFTER = {
    "INSERT INTO submission": "after the key",
    "INSERT INTO version": "after the comment",
    "INSERT INTO decision": "between decision and notice",
    "INSERT INTO notice": "after the notice",
}
_here = threading.local()


def reach(point: str) -> None:
    """Die, if this is the point and somebody's comment is being taken in."""
    if not getattr(_here, "submits", False):
        return
    armed = Path(SABOTAGE["armed"])
    try:
        if armed.read_text() != point:
            return
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _writes(connection: Any) -> bool:
    return bool(connection.get_execution_options().get("writes"))


@event.listens_for(Engine, "begin")
def _before_begin(connection: Any) -> None:
    if _writes(connection):
        reach("before BEGIN")


@event.listens_for(Session, "after_begin")
def _after_begin(_session: Any, _transaction: Any, connection: Any) -> None:
    if _writes(connection):
        reach("after BEGIN")


@event.listens_for(Engine, "after_cursor_execute")
def _after_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    for start, point in _AFTER.items():
        if statement.startswith(start):
            reach(point)


@event.listens_for(Engine, "commit")
def _before_commit(connection: Any) -> None:
    if _writes(connection):
        reach("before COMMIT")


@event.listens_for(Session, "after_commit")
def _after_commit(_session: Any) -> None:
    reach("after COMMIT")


if "synchronous" in SABOTAGE:

    @event.listens_for(Pool, "checkout")
    def _weaken(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA synchronous={SABOTAGE['synchronous']}")


class Watched:
    """The application, seen from outside."""

    def __init__(self, app: Any) -> None:
        self._app, self._wsgi = app, app.wsgi_app

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        submits = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/api/v1/comments"
        if submits and SABOTAGE.get("answers_early"):
            return self._answer_early(environ, start)
        _here.submits, _here.late = submits, []
        try:
            answer = list(self._wsgi(environ, start))
            for values in _here.late:
                reach("between two transactions")
                with self._app.extensions["house"].database.transaction() as db:
                    _add(db, **values)
            reach("before the answer")
            return answer
        finally:
            _here.submits = False

    def _answer_early(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))

        def store() -> None:
            _here.submits = True
            list(self._wsgi(environ, lambda *_words: None))

        threading.Timer(0.2, store).start()
        start("201 Created", [("Content-Type", "application/json")])
        return [b'{"id": "early"}']


_add = announce._add


def _add_later(_db: Any, now: Any, **values: Any) -> None:
    _here.late.append({"now": now} | values)


_create_app = serving.create_app


def _create_watched(*words: Any, **named: Any) -> Any:
    app = _create_app(*words, **named)
    app.wsgi_app = Watched(app)  # type: ignore[method-assign]
    return app


if __name__ == "__main__":
    serving.create_app = _create_watched
    if SABOTAGE.get("notices_late"):
        announce._add = _add_later
    main()
