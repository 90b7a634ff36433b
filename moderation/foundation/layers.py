"""Options from several places, one over the other, and each as the type that it has in a struct."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, get_args, get_origin

import msgspec

from moderation.foundation.from_text import from_text
from moderation.foundation.mistakes import Mistake, in_words, mistake


def from_environment(prefix: str, struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the options that the environment gives, by their names in a struct.

    ``PREFIX_PORT=80`` in any case is the option ``port``. Lists and tables are JSON, and ``PREFIX_RATES__GUEST`` is one
    entry of a table, its name in small letters.

    Raises:
        ValueError: saying which one is no JSON.
    """
    texts = {name.lower(): text for name, text in os.environ.items()}
    given = {}
    for field in msgspec.structs.fields(struct):
        named = f"{prefix}{field.name}".lower()
        value = _of_several(named, field.name, texts) if get_origin(_base(field.type)) else texts.get(named)
        if value is not None:
            given[field.name] = value
    return given


def layered(*places: Mapping[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the options of several places, the strongest first; tables are joined entry by entry.

    The names of a struct's fields are taken in any case, and the first of two spellings in one place.
    """
    options: dict[str, Any] = {}
    for place in places:
        lower = _named(place, struct.__struct_fields__)
        options = {**lower, **{name: _over(value, lower.get(name)) for name, value in options.items()}}
    return options


def typed(
    options: Mapping[str, Any],
    struct: type[msgspec.Struct],
    *,
    read: Mapping[str, Callable[[Any], Any]],
    check: Mapping[str, Callable[[Any], object]],
) -> tuple[dict[str, Any], list[str]]:
    """Return the options as the types of a struct's fields, and a sentence for each mistake in them.

    Args:
        options: a text may stand for a number, true or false.
        read: what makes a field's value instead of its type, or raises ValueError.
        check: what raises ValueError for a value of the right type that cannot be taken.
    """
    known = struct.__struct_fields__
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field in msgspec.structs.fields(struct):
        name = field.name
        if name in options:
            values[name], found = _checked(name, options[name], field.type, read.get(name), check.get(name))
            wrong += found
    unknown = (Mistake(field=name, kind="unknown") for name in options if name not in known)
    return values, [*wrong, *(in_words(one, known) for one in unknown)]


def _base(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _of_several(named: str, option: str, texts: Mapping[str, str]) -> Any:
    try:
        whole = msgspec.json.decode(texts[named]) if named in texts else None
    except ValueError as error:
        raise ValueError(f"{option} is not written as JSON") from error
    entries = {key.removeprefix(f"{named}__"): text for key, text in texts.items() if key.startswith(f"{named}__")}
    return _over(entries, whole) if entries and isinstance(whole, dict | None) else whole


def _over(upper: Any, lower: Any) -> Any:
    return {**lower, **upper} if isinstance(upper, dict) and isinstance(lower, dict) else upper


def _named(place: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, value in place.items():
        named.setdefault(name.lower() if name.lower() in known else name, value)
    return named


def _checked(
    name: str, value: Any, kind: Any, read: Callable[[Any], Any] | None, check: Callable[[Any], object] | None
) -> tuple[Any, list[str]]:
    try:
        value, wrong = (read(value), []) if read else _typed(name, value, kind)
        if check and not wrong:
            check(value)
    except UnicodeEncodeError:
        return None, [f"{name}: is not in UTF-8"]
    except ValueError as error:
        return None, [f"{name}: {error}"]
    return value, wrong


def _typed(name: str, value: Any, kind: Any) -> tuple[Any, list[str]]:
    # Entry by entry, as msgspec tells of the first mistake only, and not at which entry of a table it is.
    if get_origin(kind) is dict and isinstance(value, dict):
        entries = {key: _typed(f"{name}.{key}", entry, get_args(kind)[1]) for key, entry in value.items()}
        wrong = [sentence for _, found in entries.values() for sentence in found]
        return {key: entry for key, (entry, _) in entries.items()}, wrong
    try:
        return msgspec.convert(from_text(value, _base(kind)), kind, strict=False, dec_hook=_of_text), []
    except msgspec.ValidationError as error:
        found = mistake(error)
        place = ".".join(part for part in (name, found.field) if part)
        return None, [in_words(replace(found, field=place), ())]


def _of_text(kind: type[Any], value: Any) -> Any:
    return value if isinstance(value, kind) else kind(msgspec.convert(value, str))
