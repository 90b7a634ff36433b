"""Takes a comment in at a door: once, within the limits, and the worker is told."""

from contextlib import ExitStack

from moderation.intake.arrival import Arrival
from moderation.journey import Received, receive
from moderation.web.house import house


def receive_once(arrival: Arrival) -> Received:
    """Store a comment; what was refused, or had been stored before, does not count against a limit.

    Raises:
        TooMany: when a limit is reached.
        Missing, NotAllowed, Refused, Conflict: as the journey says.
    """
    throttle, now = house().throttle, house().now()
    limits = _limits(arrival)
    with ExitStack() as turns:
        for kind, who in limits:
            turns.enter_context(throttle.turn(kind, who))
        received = house().database.write(lambda db: receive(db, arrival, now=now))
        if not received.replayed:
            for kind, who in limits:
                throttle.hit(kind, who)
    if not received.replayed:
        house().ring()
    return received


def _limits(arrival: Arrival) -> list[tuple[str, str]]:
    address = arrival.address_hash.hex() if arrival.address_hash else ""
    sender = ("person", arrival.person_id) if arrival.person_id else ("guest", address)
    return [sender, ("site", arrival.submission.site)]
