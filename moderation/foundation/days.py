"""Days as they begin and end in a time zone."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo


def zone(name: str) -> tzinfo:
    """Return a time zone by its name; UTC where this machine does not know it."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return UTC


def day_of(moment: datetime, there: tzinfo) -> date:
    """Return the day on which a moment falls somewhere."""
    return moment.astimezone(there).date()


def bounds(day: date, there: tzinfo) -> tuple[datetime, datetime]:
    """Return when a day begins somewhere, and when the following one does, in UTC."""
    begin, end = (datetime.combine(one, time(), tzinfo=there) for one in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def days_between(first: date, last: date) -> list[date]:
    """Return all days from one to another, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
