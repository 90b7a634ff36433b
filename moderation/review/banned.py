"""All bans of some sites: of whom, why, until when, by whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from moderation.records import Action, Ban, Comment, Moderator, Person

AT_ONCE: Final = 50


class Of(StrEnum):
    """Whose bans are wanted."""

    all = ""
    people = "people"
    addresses = "addresses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which bans are wanted.

    Args:
        over: those that were lifted or have run out, instead of those that stand.
        of: only those of people, or only those of addresses.
        words: in the name, the reason, or the name of the moderator; from a stranger.
        after: where a former slice ended; from a stranger.
    """

    site_ids: Collection[str]
    over: bool = False
    of: Of = Of.all
    words: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned:
    """A ban, with what is to be said of it.

    Args:
        person: who is banned; of an address, who wrote the comment that it came from.
        comment_id: the comment that an address came from, None when it was deleted.
        by: the moderator's name.
    """

    ban: Ban
    person: Person | None
    comment_id: str | None
    by: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some bans, the newest first. ``next`` is where the following ones begin, None at the end."""

    bans: tuple[Banned, ...]
    next: str | None


def banned(db: Session, asked: Asked, *, now: datetime, limit: int = AT_ONCE) -> Slice:
    """Return a slice of the bans."""
    query = _with_words(asked).where(_stands(now) if not asked.over else ~_stands(now))
    if asked.after:
        query = query.where(Ban.id < asked.after)
    found = db.execute(query.order_by(Ban.id.desc()).limit(limit + 1)).all()
    rows = tuple(
        Banned(ban=ban, person=person, comment_id=comment_id, by=by, reason=reason or "")
        for ban, person, comment_id, by, reason in found[:limit]
    )
    return Slice(bans=rows, next=rows[-1].ban.id if len(found) > limit else None)


def count_standing(db: Session, site_ids: Collection[str], *, now: datetime) -> int:
    """Return how many bans stand."""
    standing = select(func.count()).select_from(Ban).where(Ban.site_id.in_(site_ids), _stands(now))
    return db.scalar(standing) or 0


def _with_words(asked: Asked) -> Select[Ban, Person, str, str, str]:
    # An action and the ban that came of it share their moment, for which there is an index.
    made = and_(
        Action.site_id == Ban.site_id,
        Action.created_at == Ban.created_at,
        Action.kind.in_(("ban", "ban_address")),
        Action.after["ban"].as_string() == Ban.id,
    )
    query = (
        select(Ban, Person, Comment.id, Moderator.name, Action.reason)
        .outerjoin(Action, made)
        .outerjoin(Comment, Comment.id == Action.subject_id)
        .outerjoin(Person, Person.id == func.coalesce(Ban.person_id, Comment.person_id))
        .outerjoin(Moderator, Moderator.id == Ban.moderator_id)
        .where(Ban.site_id.in_(asked.site_ids))
    )
    if asked.of:
        query = query.where(Ban.person_id.is_not(None) if asked.of == "people" else Ban.person_id.is_(None))
    for word in asked.words.split():
        fields = (Person.name, Action.reason, Moderator.name)
        query = query.where(or_(*(field.icontains(word, autoescape=True) for field in fields)))
    return query


def _stands(now: datetime) -> ColumnElement[bool]:
    return and_(Ban.lifted_at.is_(None), or_(Ban.until.is_(None), Ban.until > now))
