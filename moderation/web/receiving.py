"""Takes a comment in at a door: once, within the limits, and the worker is told."""

from contextlib import ExitStack

from sqlalchemy.orm import Session

from moderation.foundation.errors import TooMany
from moderation.intake.arrival import Arrival
from moderation.intake.page import site_by_key
from moderation.journey import Received, receive, replay
from moderation.records import Site
from moderation.web.api.door import about
from moderation.web.house import house


def receive_once(arrival: Arrival) -> Received:
    """Store a comment; what was refused, or had been stored before, does not count against a limit.

    Raises:
        TooMany: when a limit is reached, for all but what was stored before.
        Missing, NotAllowed, Refused, Conflict: as the journey says.
    """
    try:
        received = _receive_in_turn(arrival)
    except TooMany:
        with house().database.reading() as db:
            known = replay(db, _site(db, arrival), arrival)
        if known is None:
            raise
        return known
    if received.noticed:
        house().ring()
    return received


def _receive_in_turn(arrival: Arrival) -> Received:
    throttle, now = house().throttle, house().now()
    limits = _limits(arrival)
    with ExitStack() as turns:
        for kind, who in limits:
            turns.enter_context(throttle.turn(kind, who))
        received = house().database.write(lambda db: receive(db, _site(db, arrival), arrival, now=now))
        if not received.replayed:
            for kind, who in limits:
                throttle.hit(kind, who)
    return received


def _site(db: Session, arrival: Arrival) -> Site:
    return about(site_by_key(db, arrival.submission.site))


def _limits(arrival: Arrival) -> list[tuple[str, str]]:
    address = arrival.address_hash.hex() if arrival.address_hash else ""
    sender = ("person", arrival.person_id) if arrival.person_id else ("guest", address)
    return [sender, ("site", arrival.submission.site)]
