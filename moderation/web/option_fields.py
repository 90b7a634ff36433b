"""Turns options that a file declares into fields of a form, and what the owner filled in back into options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from moderation.foundation.options import Options

PREFIX = "options."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option as a form shows it.

    Args:
        name: of the input, such as ``options.issuer``.
        choices: what can be chosen, when it is one of a few.
        placeholder: what holds where nothing is filled in.
    """

    name: str
    label: str
    help: str
    kind: Literal["check", "choice", "number", "text"]
    value: str
    choices: tuple[str, ...] = ()
    placeholder: str = ""


def option_fields(options: type[Options], given: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of some options.

    Args:
        given: the options as they are stored, or as the owner filled them in.
    """
    return tuple(
        Field(
            name=PREFIX + name,
            label=name.replace("_", " ").capitalize(),
            help=about.description or "",
            kind=_kind(about.annotation),
            value=_shown(given.get(name, about.default if _kind(about.annotation) == "choice" else "")),
            choices=get_args(about.annotation) if _kind(about.annotation) == "choice" else (),
            placeholder=_shown(about.default),
        )
        for name, about in options.model_fields.items()
    )


def read_fields(options: type[Options], form: Mapping[str, str]) -> dict[str, Any]:
    """Return what the owner filled in, unchecked; what was left empty is left out."""
    found: dict[str, Any] = {}
    for name, about in options.model_fields.items():
        if _kind(about.annotation) == "check":
            found[name] = PREFIX + name in form
        elif form.get(PREFIX + name, "").strip():
            found[name] = form[PREFIX + name].strip()
    return found


def _kind(annotation: Any) -> Literal["check", "choice", "number", "text"]:
    if annotation is bool:
        return "check"
    if annotation is int:
        return "number"
    return "choice" if get_origin(annotation) is Literal else "text"


def _shown(value: Any) -> str:
    return ("1" if value else "") if isinstance(value, bool) else str(value)
