"""A person as moderators know them: what they wrote, how they stand, and who else gave the same address."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Missing, Refused
from moderation.records import Ban, Comment, Person, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a person stands on their site.

    Args:
        numbers: how many of their comments stand where.
        ban: the one that holds now.
        same_address: others on the site who gave the same e-mail address; it joins nobody.
    """

    person: Person
    numbers: dict[Status, int]
    ban: Ban | None
    same_address: tuple[Person, ...]


def standing_of(db: Session, person_id: str, *, site_ids: Collection[str], now: datetime) -> Standing:
    """Return how somebody stands.

    Raises:
        Missing: there is no such person on these sites.
    """
    person = db.scalar(select(Person).where(Person.id == person_id, Person.site_id.in_(site_ids)))
    if person is None:
        raise Missing("There is no such person.")
    counted = select(Comment.status, func.count()).where(Comment.person_id == person_id).group_by(Comment.status)
    bans = select(Ban).where(Ban.person_id == person_id, Ban.lifted_at.is_(None))
    bans = bans.where(or_(Ban.until.is_(None), Ban.until > now)).order_by(Ban.id.desc())
    return Standing(
        person=person,
        numbers={status: number for status, number in db.execute(counted)},  # noqa: C416
        ban=db.scalars(bans.limit(1)).first(),
        same_address=_same_address(db, person),
    )


def comments_of(
    db: Session, person_id: str, *, after: str | None, limit: int = 50
) -> tuple[tuple[Comment, ...], str | None]:
    """Return a slice of what a person wrote, the newest first, and where the following one begins.

    Raises:
        Refused: ``after``, from a stranger, is no comment of the person's.
    """
    query = select(Comment).where(Comment.person_id == person_id).options(joinedload(Comment.page))
    if after:
        last = db.get(Comment, after)
        if last is None or last.person_id != person_id:
            raise Refused("after: is not a place in this list.", field="after")
        query = query.where(tuple_(Comment.created_at, Comment.id) < tuple_(last.created_at, last.id))
    found = db.scalars(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(limit + 1)).all()
    return tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None


def _same_address(db: Session, person: Person, limit: int = 20) -> tuple[Person, ...]:
    if not person.email:
        return ()
    same = (Person.site_id == person.site_id, Person.email.in_({person.email, person.email.lower()}))
    query = select(Person).where(*same, Person.id != person.id).order_by(Person.created_at.desc()).limit(limit)
    return tuple(db.scalars(query))
