"""Typed options that a rule, a channel or a provider declares and the owner sets."""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct, ValidationError, convert, json, to_builtins
from msgspec.structs import fields, force_setattr

from moderation.foundation.errors import Refused
from moderation.foundation.from_text import from_text
from moderation.foundation.mistakes import Mistake, in_words, mistake

V = TypeVar("V")


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options with a default and a description each; unknown names are refused.

    What a type and its bounds cannot say, ``__post_init__`` looks at by ``put``.
    """

    @classmethod
    def spelled_out(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Return what was given as the types want it, for options that may be written in a shorter form too."""
        return given

    def put(self, name: str, look: Callable[[V], V]) -> None:
        """Put what ``look`` returns in an option's place.

        Raises:
            Refused: naming the option, when ``look`` raises a ValueError.
        """
        try:
            force_setattr(self, name, look(getattr(self, name)))
        except ValueError as error:
            raise Refused(f"{name}: {error}.", field=name) from error


Chosen = TypeVar("Chosen", bound=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What is known of one option.

    Args:
        kind: its type, without None.
        choices: what can be chosen, when it is one of a few.
        least, most: the bounds of a number; ``most`` is the length of a text or list otherwise.
    """

    name: str
    kind: Any
    default: Any
    title: str
    description: str
    choices: tuple[str, ...]
    least: int | None
    most: int | None


def known_options(kind: type[Options]) -> Mapping[str, Option]:
    """Return what is known of each option, by its name."""
    return _known(kind)


def read_options(kind: type[Chosen], stored: dict[str, Any]) -> Chosen:
    """Return the options as stored, defaults filled in.

    Raises:
        Refused: naming the first option that is wrong.
    """
    known, given = known_options(kind), _tidied(kind, stored)
    try:
        # Nobody can change them, so that everybody may have the same.
        chosen: Chosen = convert(given, kind, strict=False) if given else _defaults(kind)
    except ValidationError as error:
        raise _refusal(known, given, mistake(error)) from error
    return chosen


def as_json(options: Options, *, defaults: bool = True) -> dict[str, Any]:
    """Return options as JSON knows them.

    Args:
        defaults: whether those are told too that are as they are by default.
    """
    known = known_options(type(options))
    values = {name: getattr(options, name) for name in known}
    return {
        name: _as_json(value, defaults=defaults)
        for name, value in values.items()
        if defaults or value != known[name].default
    }


def _as_json(value: Any, *, defaults: bool) -> Any:
    if isinstance(value, Options):
        return as_json(value, defaults=defaults)
    if isinstance(value, dict):
        return {name: _as_json(entry, defaults=defaults) for name, entry in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_as_json(entry, defaults=defaults) for entry in value]
    return to_builtins(value)


def _refusal(known: Mapping[str, Option], given: dict[str, Any], wrong: Mistake) -> Refused:
    name = wrong.field.partition(".")[0]
    if name in known and (inner := _inner(known[name])) and isinstance(given[name], dict):
        # It has not been told in which entry of a table the mistake is.
        for key, entry in given[name].items():
            if problem := _problem_inside(inner, entry):
                return Refused(f"{name}.{key}.{problem.message}", field=f"{name}.{key}.{problem.field}")
    choices = known[wrong.field].choices if wrong.field in known else ()
    words = in_words(replace(wrong, kind="choice") if choices else wrong, known, choices=choices)
    return Refused(words if words.endswith("?") else f"{words}.", field=wrong.field)


def _problem_inside(kind: type[Options], entry: Any) -> Refused | None:
    try:
        if isinstance(entry, dict):
            read_options(kind, entry)
    except Refused as problem:
        return problem
    return None


@cache
def _known(kind: type[Options]) -> Mapping[str, Option]:
    return types.MappingProxyType({field.name: _option(field) for field in fields(kind)})


@cache
def _defaults(kind: type[Any]) -> Any:
    # Not by calling it: what has no default is missing then in the words of everything else that is.
    return convert({}, kind)


def _tidied(kind: type[Options], stored: dict[str, Any]) -> dict[str, Any]:
    known = known_options(kind)
    given = {name: _tidy(known.get(name), value) for name, value in kind.spelled_out(stored).items()}
    for name, value in given.items():
        try:
            # What stands in a table, which may be long, is for those who read it as options of their own.
            json.encode({name: list(value) if isinstance(value, dict) else value})
        except UnicodeEncodeError as error:
            # Bytes that were no text, as a terminal hands them on.
            shown = name.encode(errors="replace").decode()
            raise Refused(f"{shown}: is not in UTF-8.", field=shown) from error
    return given


def _tidy(option: Option | None, value: Any) -> Any:
    """Return a value without the blanks around its texts, and a text as what it stands for."""
    if isinstance(value, str):
        return from_text(value.strip(), option and option.kind)
    if isinstance(value, list | tuple):
        return [entry.strip() if isinstance(entry, str) else entry for entry in value]
    if isinstance(value, dict) and option is not None and (inner := _inner(option)):
        return {name: _tidied(inner, entry) if isinstance(entry, dict) else entry for name, entry in value.items()}
    return value


def _inner(option: Option) -> type[Options] | None:
    """Return what the entries of a table are options of, if they are."""
    kind = get_args(option.kind)[-1] if get_origin(option.kind) is dict else None
    return kind if isinstance(kind, type) and issubclass(kind, Options) else None


def _option(field: Any) -> Option:
    metas = list(_metas(field.type))
    kind = _plain(field.type)
    made = field.default if field.default_factory is NODEFAULT else field.default_factory()
    return Option(
        name=field.name,
        kind=kind,
        default=None if made is NODEFAULT else made,
        title=_first(metas, "title") or "",
        description=_first(metas, "description") or "",
        choices=_choices(kind),
        least=_first(metas, "ge"),
        most=_first(metas, "le", "max_length"),
    )


def _metas(kind: Any) -> Iterator[Meta]:
    """Yield what is said of a type, the outermost first; not of the entries of a list."""
    if get_origin(kind) is Annotated:
        yield from (said for said in kind.__metadata__ if isinstance(said, Meta))
        yield from _metas(kind.__origin__)
    elif get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _metas(one)


def _plain(kind: Any) -> Any:
    """Return the kind of value itself: of ``int | None``, int."""
    if get_origin(kind) is Annotated:
        return _plain(kind.__origin__)
    if get_origin(kind) in (Union, types.UnionType):
        return next((_plain(one) for one in get_args(kind) if one is not type(None)), str)
    return kind


def _choices(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def _first(metas: list[Meta], *names: str) -> Any:
    return next((said for meta in metas for name in names if (said := getattr(meta, name)) is not None), None)
