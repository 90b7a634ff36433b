"""The log is JSON lines, and quotes nobody."""

import json
import logging
import sys

from moderation.foundation.errors import Refused
from moderation.foundation.log import JsonLines


def line(level=logging.INFO, error=None, **extra):
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger("a.b").makeRecord("a.b", level, __file__, 1, "%s it", ("sent",), exc_info, extra=extra)
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def raised(error, cause=None):
    try:
        raise error from cause
    except Exception:
        return sys.exc_info()[1]


def test_a_line_has_its_moment_its_level_its_words_and_what_was_passed_along():
    told = line(notice="n_1")
    assert told.pop("at").endswith("+00:00")
    assert told == {"level": "info", "from": "a.b", "message": "sent it", "notice": "n_1"}


def test_of_an_error_only_the_kind_and_the_places_are_told():
    told = line(logging.ERROR, raised(ValueError("ann@example.org wrote: secret"), raised(KeyError("secret"))))
    assert told["error"]["type"] == "builtins.ValueError"
    assert told["error"]["because"]["type"] == "builtins.KeyError"
    assert "test_log.py" in told["error"]["where"][0]
    assert "secret" not in json.dumps(told)


def test_a_problem_that_is_safe_to_show_is_told_in_its_words():
    assert line(error=raised(Refused("The port is taken.")))["error"]["message"] == "The port is taken."
    assert line(error=raised(OSError(28, "No space left on device")))["error"]["message"] == "No space left on device"


def test_what_cannot_be_written_as_json_does_not_stop_the_log():
    assert line(odd={1, 2})["odd"]
