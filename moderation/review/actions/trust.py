"""Trusts a person: what the person writes need not wait, where the site's policy says so."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.records import Person
from moderation.review.kind import Kind, State, Target


def _person(db: Session, target: Target) -> Person:
    return db.get_one(Person, target.subject_id, with_for_update=True, populate_existing=True)


def _read(db: Session, target: Target, _like: State) -> State:
    return {"trusted": _person(db, target).trusted_at is not None}


def _write(db: Session, target: Target, _before: State, state: State) -> State:
    person = _person(db, target)
    if state["trusted"] and person.issuer is None:
        raise Refused(
            "Anybody can give this name and address. Guests can be trusted once they confirmed their address."
        )
    moment: datetime | None = target.now if state["trusted"] else None
    person.trusted_at = moment
    return state


trust = Kind(
    name="trust",
    subject="person",
    read=_read,
    write=_write,
    tell=lambda _before, after: "trusted" if after["trusted"] else "stopped trusting",
    example={"trusted": True},
)
