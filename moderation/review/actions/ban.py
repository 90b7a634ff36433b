"""Bans a person, for a time or for good: what the person writes is spam."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from moderation.records import Ban
from moderation.review.bans import NEW, bring_about, standing, state_of, tell
from moderation.review.kind import Kind, State, Target


def _standing(db: Session, target: Target) -> Sequence[Ban]:
    return standing(db, Ban.site_id == target.site_id, Ban.person_id == target.subject_id, now=target.now)


def _read(db: Session, target: Target, _like: State) -> State:
    return state_of(_standing(db, target))


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    return bring_about(db, target, state, standing_now=_standing(db, target), person_id=target.subject_id)


ban = Kind(
    name="ban",
    subject="person",
    read=_read,
    write=_write,
    tell=lambda _before, after: tell("", after),
    example={"ban": NEW, "until": None},
)
