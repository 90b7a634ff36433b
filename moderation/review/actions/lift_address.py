"""Lifts the ban of an address, also when the comment that it came from is deleted."""

from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.records import Ban
from moderation.review.kind import Kind, State, Target


def _ban(db: Session, target: Target, state: State) -> Ban:
    ban = db.get(Ban, state["ban"], with_for_update=True, populate_existing=True)
    if ban is None or ban.site_id != target.site_id or ban.address_hash is None:
        raise Missing("There is no such ban.")
    return ban


def _read(db: Session, target: Target, like: State) -> State:
    return {"ban": like["ban"], "lifted": _ban(db, target, like).lifted_at is not None}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    _ban(db, target, state).lifted_at = target.now if state["lifted"] else None
    db.flush()
    return state


lift_address = Kind(
    name="lift_address",
    subject="site",
    read=_read,
    write=_write,
    tell=lambda _before, after: "lifted the ban of an address on" if after["lifted"] else "banned an address again on",
    example={"ban": "b_0000000000000000000000", "lifted": True},
)
