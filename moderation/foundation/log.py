"""The service's log: one JSON object a line, with ids and never a comment's text, an address or a token."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from moderation.foundation.errors import Problem

_request: ContextVar[str | None] = ContextVar("request", default=None)
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as JSON; what was passed as ``extra`` becomes fields of its own.

    Of an exception only the type and the places are written: its message may quote what a stranger sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": moment, "level": record.levelname.lower(), "from": record.name}
        line["message"] = record.getMessage()
        request = _request.get()
        if request is not None:
            line["request"] = request
        line |= {key: value for key, value in vars(record).items() if key not in _KNOWN}
        if record.exc_info and record.exc_info[1]:
            line["error"] = _describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_log(level: int = logging.INFO) -> None:
    """Send everything that is logged to standard error, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def about_request(request_id: str | None) -> None:
    """Let whatever this thread logs from now on say which request it belongs to; None ends that.

    Args:
        request_id: letters, digits and .-_ only.
    """
    _request.set(request_id)


def _describe(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    told: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, Problem):
        told["message"] = error.message
    elif isinstance(error, OSError) and error.strerror:
        told["message"] = error.strerror
    if error.__cause__ is not None:
        told["because"] = _describe(error.__cause__)
    return told
