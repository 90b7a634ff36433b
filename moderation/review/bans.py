"""Bans of a person or an address: which one stands, and bringing one about, lifting it, or putting it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.tokens import new_id
from moderation.records import Ban
from moderation.review.kind import State, Target

NEW: Final = "new"


def standing(db: Session, *whose: ColumnElement[bool], now: datetime) -> Sequence[Ban]:
    """Return the bans of somebody that hold now, the newest first."""
    query = select(Ban).where(*whose, Ban.lifted_at.is_(None), or_(Ban.until.is_(None), Ban.until > now))
    return db.scalars(query.order_by(Ban.id.desc()).with_for_update()).all()


def state_of(bans: Sequence[Ban]) -> State:
    """Return bans as an action keeps them: the newest one's id and end, None and None where there is none."""
    newest = bans[0] if bans else None
    until = newest.until.isoformat() if newest and newest.until else None
    return {"ban": newest.id if newest else None, "until": until}


def bring_about(
    db: Session,
    target: Target,
    state: State,
    *,
    standing_now: Sequence[Ban],
    person_id: str | None = None,
    address_hash: bytes | None = None,
) -> State:
    """Lift all bans of somebody but the one that is wanted: none, a former one by its id, or a new one.

    Raises:
        Refused: it would end before it began.
    """
    for ban in standing_now:
        if ban.id != state["ban"]:
            ban.lifted_at = target.now
    if state["ban"] is None:
        return state
    if state["ban"] != NEW:
        db.get_one(Ban, state["ban"]).lifted_at = None
        return state
    until = datetime.fromisoformat(state["until"]) if state["until"] else None
    if until is not None and until <= target.now:
        raise Refused("A ban must end in the future.", field="until")
    made = Ban(
        id=new_id("b", target.now),
        site_id=target.site_id,
        person_id=person_id,
        address_hash=address_hash,
        until=until,
        moderator_id=target.moderator_id,
        created_at=target.now,
    )
    db.add(made)
    db.flush()
    return {"ban": made.id, "until": state["until"]}


def tell(what: str, after: State) -> tuple[str, str]:
    """Return what was done in words that the banned one's name can stand between."""
    if after["ban"] is None:
        return f"lifted the ban of{what}", ""
    until = f"until {datetime.fromisoformat(after['until']):%-d %B %Y}" if after["until"] else "for good"
    return f"banned{what}", until
