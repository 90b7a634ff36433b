"""The one gate for everything sent to the API: strict JSON of a known shape, or a sentence that says what is wrong."""

import json
import math
import re
from email.message import Message
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from moderation.foundation.errors import Refused
from moderation.foundation.text import normalise, refuse_controls

M = TypeVar("M", bound=BaseModel)

MAX_BYTES: Final = 128 * 1024
_DEEPEST: Final = 16
_LONGEST_NUMBER: Final = 40
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_OTHERWISE: Final = "cannot be taken."
_SENTENCES: Final = {
    "missing": "is missing.",
    "extra_forbidden": "is not a field of this call.",
    "string_type": "must be text.",
    "bool_type": "must be true or false.",
    "int_type": "must be a whole number.",
    "list_type": "must be a list.",
    "model_type": "must be an object.",
    "dict_type": "must be an object.",
    "string_too_long": "may have {max_length} characters.",
    "string_too_short": "is empty.",
    "too_long": "may have {max_length} entries.",
    "too_short": "is empty.",
}
_BRACKETS: Final = re.compile(r"[\[\]{}]")


def read_json(body: bytes, *, content_type: str | None) -> dict[str, Any]:
    """Return the JSON object in a request's body, its strings normalised (LF, NFC).

    Raises:
        Refused: ``unsupported_type``, ``too_large``, ``malformed``, or ``invalid`` naming the text that is odd.
    """
    _check_type(content_type)
    if len(body) > MAX_BYTES:
        raise Refused("That is more than can be taken at once (128 KB).", code="too_large")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        _malformed("The body is not UTF-8.")
    _check_depth(text)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        _malformed(f"The body is not JSON: line {error.lineno}, column {error.colno}.")
    if not isinstance(data, dict):
        _malformed("The body must be a JSON object.")
    cleaned: dict[str, Any] = _clean(data, "")
    return cleaned


def accept(model: type[M], data: dict[str, Any]) -> M:
    """Return the data as a model.

    Args:
        data: as ``read_json`` returns it.

    Raises:
        Refused: naming the first field that is missing, unknown, of the wrong type or not as it must be.
    """
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=True)[0]
        field = _field(first)
        raise Refused(f"{field}: {_sentence(first)}" if field else _sentence(first), field=field or None) from None


def _check_type(content_type: str | None) -> None:
    header = Message()
    header["Content-Type"] = (content_type or "none/none").replace("\r", " ").replace("\n", " ")
    charset = header.get_param("charset", "utf-8")
    if header.get_content_type() != "application/json" or str(charset).lower().replace("_", "-") != "utf-8":
        raise Refused("The body must be application/json in UTF-8.", code="unsupported_type")


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEEPEST:
            raise Refused(f"The body is nested deeper than {_DEEPEST} levels.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Refused(f"{key[:100]!r}: is given twice.", field=key[:100])
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise Refused("The body holds a number that is too long.")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Refused("The body holds a number that is too large.")
    return value


def _no_constant(word: str) -> NoReturn:
    raise Refused(f"The body holds {word}, which is no number.")


def _clean(value: Any, field: str) -> Any:
    # Recursion is safe here: the depth was checked.
    if isinstance(value, str):
        refuse_controls(value.replace("\r", "\n"), field=field or None, multiline=True)
        return normalise(value, field=field or None)
    if isinstance(value, list):
        return [_clean(entry, f"{field}.{place}" if field else str(place)) for place, entry in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            refuse_controls(key, field=field or None)
        return {key: _clean(entry, f"{field}.{key}" if field else key) for key, entry in value.items()}
    return value


def _field(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"])[:200]


def _sentence(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context.get("error", _OTHERWISE))
    return _SENTENCES.get(error["type"], _OTHERWISE).format(**context)


def _malformed(sentence: str) -> NoReturn:
    raise Refused(sentence, code="malformed")
