"""Typed options that a rule, a channel or a provider declares and the owner sets."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.foundation.errors import Refused
from moderation.foundation.mistakes import mistake


class Options(BaseModel):
    """Options with a default and a description each; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Chosen = TypeVar("Chosen", bound=Options)


def read_options(kind: type[Chosen], stored: dict[str, Any]) -> Chosen:
    """Return the options as stored, defaults filled in.

    Raises:
        Refused: naming the first option that is wrong.
    """
    try:
        # Nobody can change them, so that everybody may have the same.
        chosen: Chosen = _defaults(kind) if stored == {} else kind.model_validate(stored)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        words = mistake(first, kind.model_fields)
        raise Refused(words if words.endswith("?") else f"{words}.", field=field) from error
    return chosen


@cache
def _defaults(kind: type[Chosen]) -> Chosen:
    return kind()
