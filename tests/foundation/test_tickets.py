"""Tickets are good for one purpose, one thing, and some time."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.tickets import read_ticket, write_ticket
from moderation.foundation.tokens import Keys

NOW = datetime(2026, 11, 22, 6, 28, tzinfo=UTC)
KEYS = Keys(b"k" * 32)
TICKET = write_ticket(KEYS, "confirm", "c_1", NOW + timedelta(days=7))


def test_a_ticket_stands_for_its_subject_until_it_expires():
    assert read_ticket(KEYS, "confirm", TICKET, NOW) == "c_1"
    assert read_ticket(KEYS, "confirm", TICKET, NOW + timedelta(days=7, seconds=-1)) == "c_1"
    with pytest.raises(Refused, match="expired"):
        read_ticket(KEYS, "confirm", TICKET, NOW + timedelta(days=7))


@pytest.mark.parametrize("position", range(len(TICKET)))
def test_no_character_of_a_ticket_can_be_changed(position):
    for character in ("A" if TICKET[position] != "A" else "B", ""):
        with pytest.raises(Missing):
            read_ticket(KEYS, "confirm", TICKET[:position] + character + TICKET[position + 1 :], NOW)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "c_1", "é.1.x", "c_1.1.", "c_1.x.y", "\0", TICKET + "é", "." * 5000]
)
def test_what_was_never_a_ticket_is_refused(text):
    with pytest.raises(Missing):
        read_ticket(KEYS, "confirm", text, NOW)


def test_a_ticket_of_another_purpose_or_installation_is_refused():
    with pytest.raises(Missing):
        read_ticket(KEYS, "unsubscribe", TICKET, NOW)
    with pytest.raises(Missing):
        read_ticket(Keys(b"x" * 32), "confirm", TICKET, NOW)
