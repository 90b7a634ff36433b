"""The one gate that everything sent to the service passes: only well-formed JSON of the expected shape gets in."""

import json
import math
import re
from typing import Any, Final, TypeVar

from msgspec import Struct, ValidationError, convert

from moderation.foundation.errors import Refused
from moderation.foundation.mistakes import Mistake, mistake, must_be
from moderation.foundation.text import normalise, refuse_controls

MAX_BYTES: Final = 128 * 1024
_DEPTH: Final = 16
# No number that anybody sends us is longer; Python refuses beyond 4,300 digits, with an error of its own.
_DIGITS: Final = 20
# Stands for a field that was given twice, until the way to it is known.
_TWICE: Final = object()
# What a stranger called a field is repeated to them, but not at any length.
_FIELD: Final = 100
_CONTENT_TYPE: Final = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?;?', re.IGNORECASE)
_BRACKETS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)

M = TypeVar("M", bound=Struct)

_TYPES: Final = {
    "str": "text",
    "bool": "true or false",
    "int": "a whole number",
    "array": "a list",
    "object": "an object",
}
_SENTENCES: Final = {
    "missing": "is missing.",
    "unknown": "is not known here.",
    "too_short": "needs at least {bound} characters.",
    "too_long": "can have at most {bound} characters.",
    "too_few": "needs at least {bound}.",
    "too_many": "can have at most {bound}.",
    "too_small": "must be at least {bound}.",
    "too_large": "can be at most {bound}.",
}


def read_json(body: bytes, *, content_type: str | None) -> dict[str, Any]:
    """Return what a request carries, with every text in it uniform and free of control characters.

    Args:
        body: from a stranger; already limited in length by the door.
        content_type: the header as it came.

    Raises:
        Refused: ``unsupported_type`` for anything but JSON, ``too_large``, ``malformed`` for what is no JSON object in
            UTF-8, and ``invalid`` for what is nested too deep, for fields given twice, for NaN and its like, and for
            characters nobody types, naming the field.
    """
    if not _CONTENT_TYPE.fullmatch((content_type or "").strip()):
        raise Refused("Send JSON, with the content type application/json.", code="unsupported_type")
    if len(body) > MAX_BYTES:
        raise Refused("That is more than can be taken at once (128 KB).", code="too_large")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("The body is not in UTF-8.") from error
    _refuse_deep_nesting(text)
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_int=_int, parse_float=float, parse_constant=float)
    except json.JSONDecodeError as error:
        raise _malformed(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from error
    if not isinstance(found, dict):
        raise _malformed("The body must be a JSON object.")
    cleaned: dict[str, Any] = _clean(found, "")
    return cleaned


def accept(model: type[M], data: Any) -> M:
    """Return the data as a model, if it is exactly of that shape.

    Raises:
        Refused: naming the first field that is unknown, missing, or of another type than it should be.
    """
    try:
        return convert(data, model)
    except ValidationError as error:
        wrong = mistake(error)
    field = wrong.field[:_FIELD] or None
    # The cause is left behind: it could hold what the stranger sent.
    raise Refused(f"{field or 'The body'}: {_sentence(wrong)}", field=field)


def _sentence(wrong: Mistake) -> str:
    if wrong.kind == "type":
        return f"{must_be(wrong, _TYPES)}."
    if (wrong.kind, wrong.bound) == ("too_short", "1"):
        return "must not be empty."
    return _SENTENCES.get(wrong.kind, "cannot be taken as it is.").format(bound=wrong.bound)


def _malformed(sentence: str) -> Refused:
    return Refused(sentence, code="malformed")


def _refuse_deep_nesting(text: str) -> None:
    """Count brackets outside strings before anything is built."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            if depth > _DEPTH:
                raise Refused(f"The body is nested more than {_DEPTH} levels deep.")
        elif found[0] in ("]", "}"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = _TWICE if key in found else value
    return found


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else math.inf


def _clean(value: Any, field: str) -> Any:
    """Return a value with its texts uniform, keys included; at most 16 levels deep."""
    if isinstance(value, str):
        value = normalise(value, field=field or None)
        refuse_controls(value, field=field or None, multiline=True)
    elif isinstance(value, list):
        value = [_clean(item, _below(field, str(place))) for place, item in enumerate(value)]
    elif isinstance(value, dict):
        value = _clean_object(value, field)
    elif value is _TWICE:
        raise Refused(f"{field}: is given twice.", field=field)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused(f"{field}: must be a number of ordinary size.", field=field)
    return value


def _clean_object(value: dict[str, Any], field: str) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for key, inner in value.items():
        refuse_controls(key, field=field or None)
        name = normalise(key, field=field or None)
        # Two spellings of one name are that name twice.
        cleaned[name] = _clean(_TWICE if name in cleaned else inner, _below(field, name))
    return cleaned


def _below(field: str, part: str) -> str:
    """Return the dotted path to what is inside a field; cut, since a stranger chose the names in it."""
    return f"{field}.{part[:_FIELD]}"[:_FIELD] if field else part[:_FIELD]
