"""Finds the moment at which a mail suits a moderator: at once, in the morning, never in the night."""

from datetime import datetime, timedelta

from moderation.records import Mailed, Mails


def convenient(mails: Mails, moment: datetime) -> datetime | None:
    """Return when a mail that could go out at a moment is to go out, None if it is not wanted at all.

    Args:
        moment: UTC.
    """
    if mails.waiting is Mailed.never:
        return None
    if mails.waiting is Mailed.daily:
        return _next(mails, moment, mails.daily_hour)
    return _next(mails, moment, mails.quiet_to) if _is_quiet(mails, moment) else moment


def _is_quiet(mails: Mails, moment: datetime) -> bool:
    start, end = mails.quiet_from, mails.quiet_to
    if start is None or start == end:
        return False
    hour = moment.astimezone(mails.zone).hour
    return start <= hour < end if start < end else hour >= start or hour < end


def _next(mails: Mails, moment: datetime, hour: int) -> datetime:
    """Return the next time that clocks there show a full hour. One that summer time leaves out comes an hour later."""
    there = moment.astimezone(mails.zone).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    for day in range(3):
        # Days are added to what the clock shows, so that a day of 23 hours is one.
        found = (there + timedelta(days=day)).astimezone(moment.tzinfo)
        if found > moment:
            return found
    raise AssertionError("every hour comes within three days")
