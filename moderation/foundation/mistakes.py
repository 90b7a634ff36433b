"""What is wrong with something that was given: which field, in which way, and in its owner's words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from msgspec import ValidationError

_PLACE: Final = re.compile(r"(.*?)(?: - at `\$(?:\.)?([^`]*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\[(\d+)\]")
# How msgspec says it, and what it means. Source: msgspec's documentation, “Usage”, “Constraints”.
_KINDS: Final = (
    ("unknown", re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)),
    ("missing", re.compile(r"Object missing required field `(?P<field>.*)`", re.DOTALL)),
    ("choice", re.compile(r"Invalid enum value .*", re.DOTALL)),
    ("pattern", re.compile(r"Expected `str` matching regex .*", re.DOTALL)),
    ("too_short", re.compile(r"Expected `str` of length >= (?P<bound>\d+)")),
    ("too_long", re.compile(r"Expected `str` of length <= (?P<bound>\d+)")),
    ("too_few", re.compile(r"Expected `(?:array|object)` of length >= (?P<bound>\d+)")),
    ("too_many", re.compile(r"Expected `(?:array|object)` of length <= (?P<bound>\d+)")),
    ("too_small", re.compile(r"Expected `(?:int|float)` >=? (?P<bound>\S+)")),
    ("too_large", re.compile(r"Expected `(?:int|float)` <=? (?P<bound>\S+)")),
    ("type", re.compile(r"Expected `(?P<bound>[^`]+?)(?: \| null)?`, got .*", re.DOTALL)),
)
_TYPES: Final = {
    "str": "a text in quotation marks",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}
_WORDS: Final = {
    "missing": "is missing",
    "pattern": "is not written as it should be",
    "too_short": "needs at least {bound} characters",
    "too_long": "must have at most {bound} characters",
    "too_few": "needs at least {bound} entries",
    "too_many": "must have at most {bound} entries",
    "too_small": "must be at least {bound}",
    "too_large": "must be at most {bound}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with one field.

    Args:
        field: dotted, such as ``page.key``; of a table with free names the table; empty for the whole.
        kind: ``unknown``, ``missing``, ``type``, ``choice``, ``pattern``, ``too_short``, ``too_long``, ``too_few``,
            ``too_many``, ``too_small``, ``too_large`` or ``other``.
        bound: that it exceeds, or the type it should have: ``str``, ``int``, ``float``, ``bool``, ``object`` or
            ``array``; ``str | object`` where there is a choice.
    """

    field: str
    kind: str
    bound: str = ""


def mistake(error: ValidationError) -> Mistake:
    """Return what msgspec found wrong; it tells of the first mistake only."""
    told = _PLACE.fullmatch(str(error))
    said, place = (told[1], told[2] or "") if told else (str(error), "")
    place = _STEP.sub(r".\1", place).removeprefix(".").partition("[...]")[0]
    for kind, pattern in _KINDS:
        if found := pattern.fullmatch(said):
            parts = found.groupdict()
            field = ".".join(part for part in (place, parts.get("field", "")) if part)
            return Mistake(field=field, kind=kind, bound=parts.get("bound") or "")
    return Mistake(field=place, kind="other")


def in_words(wrong: Mistake, known: Iterable[str], *, choices: Iterable[str] = ()) -> str:
    """Return what is wrong with an option as a sentence without its full stop.

    Args:
        known: the options that there are.
        choices: what can be chosen, for an option that is one of a few.
    """
    if wrong.kind == "unknown":
        words = f"there is no such option{did_you_mean(wrong.field, known)}"
    elif wrong.kind == "choice" and (quoted := [f"'{choice}'" for choice in choices]):
        words = f"must be {_one_of(quoted)}"
    elif wrong.kind == "type":
        words = must_be(wrong, _TYPES)
    elif (wrong.kind, wrong.bound) == ("too_short", "1"):
        words = "must not be empty"
    else:
        words = _WORDS.get(wrong.kind, "cannot be taken as it is").format(bound=wrong.bound)
    return f"{wrong.field}: {words}" if wrong.field else words


def _one_of(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def must_be(wrong: Mistake, types: Mapping[str, str]) -> str:
    """Return of which type a field must be, without a full stop.

    Args:
        types: what each type is called.
    """
    return f"must be {' or '.join(types.get(kind, kind) for kind in wrong.bound.split(' | '))}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question to put behind a name that is none of those known; nothing where none is like it."""
    close = closest(name, known)
    return f"; did you mean {close}?" if close else ""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was meant, by all its letters say; None where none is like it."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), None)
