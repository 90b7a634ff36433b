"""Rates, as an owner writes them: ``6/minute;60/hour``."""

from limits import RateLimitItem, parse_many


def read_rate(rate: str) -> tuple[RateLimitItem, ...]:
    """Return the limits that a rate consists of, none where it is empty.

    Raises:
        ValueError: saying how it must be.
    """
    try:
        return tuple(parse_many(rate)) if rate.strip() else ()
    except ValueError as error:
        raise ValueError("must be like 6/minute;60/hour, or empty for no limit") from error
