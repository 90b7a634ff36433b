"""Makes a person's own what guests wrote with the address that the person has confirmed."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.identity.guest import earlier_guests, take_over
from moderation.records import Person


def claim_earlier(db: Session, person_id: str, *, now: datetime) -> int:
    """Make a person's own what guests wrote with the address that the person has confirmed; return how many comments.

    No status changes: what waited waits, what was rejected stays so.

    Raises:
        Missing: no such person.
    """
    person = db.get(Person, person_id, with_for_update=True)
    if person is None:
        raise Missing("There is no such person.")
    return sum(take_over(db, person, guest, now=now) for guest in earlier_guests(db, person, now=now))
