"""Bans the address that a comment came from, for a time or for good: what comes from there is spam."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.records import Ban
from moderation.review.bans import NEW, bring_about, standing, state_of, tell
from moderation.review.decide import locked
from moderation.review.kind import Kind, State, Target


def _address(db: Session, target: Target, *states: State) -> bytes | None:
    """Return the address's hash; the comment's own is forgotten in time, that of a ban is not."""
    bans = (db.get(Ban, state["ban"]) for state in states if state["ban"])
    known = next((ban for ban in bans if ban is not None), None)
    return known.address_hash if known else locked(db, target.subject_id).address_hash


def _standing(db: Session, target: Target, address: bytes | None) -> Sequence[Ban]:
    return standing(db, Ban.site_id == target.site_id, Ban.address_hash == address, now=target.now) if address else ()


def _read(db: Session, target: Target, like: State) -> State:
    return state_of(_standing(db, target, _address(db, target, like)))


def _write(db: Session, target: Target, before: State, state: State) -> State:
    address = _address(db, target, before, state)
    if address is None:
        raise Refused("Where this comment came from is not known any more; addresses are kept for a limited time.")
    return bring_about(db, target, state, standing_now=_standing(db, target, address), address_hash=address)


ban_address = Kind(
    name="ban_address",
    subject="comment",
    read=_read,
    write=_write,
    tell=lambda _before, after: tell(" the address of", after),
    example={"ban": NEW, "until": None},
)
