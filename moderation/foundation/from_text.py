"""What people, forms and the environment write for a number, or for yes and no."""

from contextlib import suppress
from typing import Any, Final

_TRUTHS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}


def from_text(value: Any, kind: Any) -> Any:
    """Return what a text stands for where a whole number or a bool is wanted; all else as it is."""
    if isinstance(value, str) and kind is bool:
        return _TRUTHS.get(value.lower(), value)
    if isinstance(value, str) and kind is int:
        with suppress(ValueError):
            return int(value)
    return value
