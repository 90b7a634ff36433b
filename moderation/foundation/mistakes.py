"""What is wrong with an option, in its owner's words."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

# What pydantic says of a wrong type or size.
_WORDS: Final = {
    "string_type": "must be a text in quotation marks",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a table",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must have at most {max_length} entries",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def mistake(problem: Any, known: Iterable[str]) -> str:
    """Return a sentence for one of the errors that pydantic tells of a model.

    Args:
        problem: ``{"loc": ("port",), "type": "int_parsing", "msg": "Input should be …", "ctx": {}}``.
        known: the options that there are.
    """
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        words = f"there is no such option{did_you_mean(name, known)}"
    elif problem["type"] in _WORDS:
        words = _WORDS[problem["type"]].format(**problem.get("ctx", {}))
    else:
        words = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {words}" if name else words


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question to put behind a name that is none of those known; nothing where none is like it."""
    close = closest(name, known)
    return f"; did you mean {close}?" if close else ""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was meant, by all its letters say; None where none is like it."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), None)
