"""Turns options that a file declares into fields of a form, and what the owner filled in back into options."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_origin

from moderation.foundation.options import Option, Options, known_options

PREFIX = "options."
Kind = Literal["check", "choice", "lines", "number", "prose", "text"]
# A text that may be longer than this is typed in a box of several lines.
_LINE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option as a form shows it.

    Args:
        name: of the input, such as ``options.issuer``.
        choices: what can be chosen, when it is one of a few.
        placeholder: what holds where nothing is filled in.
        default: the default in words, empty where nothing is all there is to say.
        least, most: the bounds of a number.
    """

    name: str
    label: str
    help: str
    kind: Kind
    value: str
    choices: tuple[str, ...] = ()
    placeholder: str = ""
    default: str = ""
    least: int | None = None
    most: int | None = None


def option_fields(
    options: type[Options], given: Mapping[str, Any], *, only: Collection[str] | None = None
) -> tuple[Field, ...]:
    """Return the fields of some options.

    Args:
        given: the options as they are stored, or as the owner filled them in.
        only: the names of those that are wanted; all, unless given.
    """
    return tuple(_field(about, given) for name, about in known_options(options).items() if only is None or name in only)


def read_fields(
    options: type[Options], form: Mapping[str, str], *, only: Collection[str] | None = None
) -> dict[str, Any]:
    """Return what the owner filled in, unchecked; what was left empty is left out."""
    found: dict[str, Any] = {}
    for name, about in known_options(options).items():
        if only is not None and name not in only:
            continue
        typed = form.get(PREFIX + name, "").strip()
        if _kind(about) == "check":
            found[name] = PREFIX + name in form
        elif _kind(about) == "lines" and (typed or about.default):
            # An emptied list is empty, not the default.
            found[name] = [line.strip() for line in typed.splitlines() if line.strip()]
        elif typed:
            found[name] = typed.replace("\r\n", "\n")
    return found


def _field(about: Option, given: Mapping[str, Any]) -> Field:
    kind = _kind(about)
    shown_by_default = kind in ("check", "choice", "lines")
    value = given.get(about.name, about.default if shown_by_default else "")
    return Field(
        name=PREFIX + about.name,
        label=about.title or about.name.replace("_", " ").capitalize(),
        help=about.description,
        kind=kind,
        value=_shown(value),
        choices=about.choices,
        placeholder=_shown(about.default),
        default=_in_words(about.default),
        least=about.least if kind == "number" else None,
        most=about.most if kind == "number" else None,
    )


def _kind(about: Option) -> Kind:
    if about.kind is bool:
        return "check"
    if about.kind is int:
        return "number"
    if about.choices:
        return "choice"
    if get_origin(about.kind) in (tuple, list):
        return "lines"
    return "prose" if (about.most or 0) > _LINE else "text"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(str(entry) for entry in value)
    return "" if value is None else str(value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(str(entry) for entry in value) or "nothing"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value or "")
