"""A mail comes when its reader wants it, whatever the clocks do."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation.foundation.errors import Refused
from moderation.foundation.options import read_options
from moderation.notifying.convenient import convenient
from moderation.records import Mailed, Mails

NIGHT = {"quiet_from": 22, "quiet_to": 7, "time_zone": "Europe/Berlin"}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wishes", "moment", "due"),
    [
        ({}, "2026-11-22T03:00", "2026-11-22T03:00"),
        ({"waiting": "daily"}, "2026-11-22T07:59", "2026-11-22T08:00"),
        ({"waiting": "daily"}, "2026-11-22T08:00", "2026-11-23T08:00"),
        ({"waiting": "daily", "time_zone": "Asia/Kolkata"}, "2026-11-22T02:29", "2026-11-22T02:30"),
        # In Berlin the clocks go from 2 to 3 on 29 March, and from 3 back to 2 on 25 October.
        ({"waiting": "daily", "time_zone": "Europe/Berlin"}, "2026-03-28T12:00", "2026-03-29T06:00"),
        ({"waiting": "daily", "time_zone": "Europe/Berlin"}, "2026-10-24T12:00", "2026-10-25T07:00"),
        ({"waiting": "daily", "daily_hour": 2, "time_zone": "Europe/Berlin"}, "2026-03-28T12:00", "2026-03-29T01:00"),
        (NIGHT, "2026-11-22T20:59", "2026-11-22T20:59"),
        (NIGHT, "2026-11-22T21:00", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T05:59", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T06:00", "2026-11-23T06:00"),
        ({"quiet_from": 12, "quiet_to": 14}, "2026-11-22T13:10", "2026-11-22T14:00"),
        ({"quiet_from": 12, "quiet_to": 14}, "2026-11-22T14:00", "2026-11-22T14:00"),
        ({"quiet_from": 7, "quiet_to": 7}, "2026-11-22T07:10", "2026-11-22T07:10"),
    ],
)
def test_a_mail_waits_for_the_hour_that_was_wished_for(wishes, moment, due):
    assert convenient(read_options(Mails, wishes), at(moment)) == at(due)


def test_who_wants_none_gets_none():
    assert convenient(Mails(waiting=Mailed.never), at("2026-11-22T12:00")) is None


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"])
def test_a_daily_mail_comes_within_a_day_of_any_hour(zone, hour):
    mails = Mails(waiting=Mailed.daily, daily_hour=hour, time_zone=zone)
    for day in range(0, 400, 7):
        moment = at("2026-01-01T00:30") + timedelta(days=day)
        assert timedelta() < convenient(mails, moment) - moment <= timedelta(hours=26)


@pytest.mark.parametrize("name", ["", "Berlin", "../../etc/passwd", "Europe/Berlin\0", "/etc/localtime", "x" * 65])
def test_a_time_zone_must_be_one(name):
    with pytest.raises(Refused):
        read_options(Mails, {"time_zone": name})
