"""What one look found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one look found.

    Args:
        said: a sentence without its full stop; may hold addresses that an owner typed.
        advice: what to do, for a warning or a failure.
        paste: what to copy to where the advice says.
        ok: nothing has to be done.
    """

    said: str
    advice: str = ""
    paste: str = ""
    ok: bool = True
