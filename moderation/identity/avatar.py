"""Gets people's pictures: each is fetched once from where the provider keeps it, made anew, and served by us.

The worker does it some time after a sign-in, so that no reader waits for it and nobody learns who reads a blog.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, delete, exists, select, update
from sqlalchemy.orm import Session

from moderation.foundation.database import Database
from moderation.foundation.errors import Outage, Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.outbound import Outbound
from moderation.identity.picture import FORMATS, Remade, remake
from moderation.records import Avatar, Person, Site

LIMIT: Final = 1024 * 1024
TRIES: Final = 6
_SECONDS: Final = 10.0
_REDIRECTS: Final = 3
# Longer than fetching and making anew can take; then another worker may try.
_LEASE: Final = timedelta(minutes=2)
_FIRST_DELAY: Final = timedelta(minutes=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    person_id: str
    picture: str
    tries: int


def note_picture(db: Session, person: Person, picture: str | None, *, now: datetime) -> None:
    """Write down where the provider keeps a person's picture; a new one, or one we gave up on, is to be fetched.

    Args:
        picture: an address from a stranger.
    """
    if picture is None:
        person.picture = person.picture_due_at = None
        drop_avatar(db, person)
    elif picture != person.picture or (person.avatar is None and person.picture_due_at is None):
        person.picture, person.picture_due_at, person.picture_tries = picture, now, 0


def drop_avatar(db: Session, person: Person) -> None:
    """Show no picture of a person any more, and forget it unless somebody else has the same."""
    if person.avatar is None:
        return
    former, person.avatar = person.avatar, None
    db.flush()
    db.execute(delete(Avatar).where(Avatar.id == former, unused()))


def unused() -> ColumnElement[bool]:
    """Return the condition that a picture is nobody's."""
    return ~exists().where(Person.avatar == Avatar.id)


def fetch_picture(database: Database, outbound: Outbound, *, now: datetime, chance: float) -> bool:
    """Fetch one picture that is due; tell whether there was one. No transaction is open meanwhile.

    What fails is tried again, later each time, and given up in the end: then the person has a drawn one.

    Args:
        chance: from 0 to 1; spreads the times of the next tries.

    Raises:
        Outage: when the database cannot be reached.
    """
    with database.reading() as db:
        # Looking first: on SQLite a claim, even in vain, makes those wait who write.
        if db.scalar(_first(now)) is None:
            return False
    with database.transaction() as db:
        wanted = _claim(db, now)
    if wanted is None:
        return False
    # More tries than there are: workers died of it before they could say so.
    made = _fetch(outbound, wanted) if wanted.tries <= TRIES else None
    with database.transaction() as db:
        # Somebody may have signed in meanwhile with another picture; that one is due then.
        person = db.scalar(
            select(Person).where(Person.id == wanted.person_id, Person.picture == wanted.picture).with_for_update()
        )
        if person is not None and made is not None:
            _take(db, person, made, now)
        elif person is not None:
            person.picture_due_at = _next_try(wanted.tries, now, chance)
    return True


def _first(now: datetime) -> Select[str]:
    due = select(Person.id).where(Person.picture_due_at <= now).order_by(Person.picture_due_at, Person.id)
    return due.limit(1)


def _claim(db: Session, now: datetime) -> _Wanted | None:
    # The condition stands here too: of two workers that found the same row, the second looks at it again.
    claim = update(Person).where(Person.id == _first(now).scalar_subquery(), Person.picture_due_at <= now)
    claim = claim.values(picture_due_at=now + _LEASE, picture_tries=Person.picture_tries + 1)
    row = db.execute(claim.returning(Person.id, Person.picture, Person.picture_tries)).one_or_none()
    return None if row is None else _Wanted(person_id=row.id, picture=row.picture, tries=row.picture_tries)


def _fetch(outbound: Outbound, wanted: _Wanted) -> Remade | None:
    try:
        answer = outbound.fetch(
            "GET",
            wanted.picture,
            headers={"Accept": ", ".join(f"image/{name.lower()}" for name in FORMATS)},
            seconds=_SECONDS,
            limit=LIMIT,
            redirects=_REDIRECTS,
        )
        if answer.status != 200:
            raise Outage(f"The server answered {answer.status}.")
        return remake(answer.body)
    except (Outage, Refused) as error:
        # The address may say who somebody is; it stays out of the log.
        _log.info("no picture", extra={"person": wanted.person_id, "why": type(error).__name__, "try": wanted.tries})
        return None


def _take(db: Session, person: Person, made: Remade, now: datetime) -> None:
    person.picture_due_at = None
    insert_missing(db, Avatar, id=made.id, small=made.small, large=made.large, created_at=now)
    if person.avatar == made.id:
        return
    drop_avatar(db, person)
    person.avatar = made.id
    db.flush()
    # Readers see it on every page where the person wrote.
    db.execute(update(Site).where(Site.id == person.site_id).values(revision=Site.revision + 1))


def _next_try(tries: int, now: datetime, chance: float) -> datetime | None:
    """Return when to try again: four times as long each time, about a day at last."""
    if tries >= TRIES:
        return None
    return now + _FIRST_DELAY * 4.0 ** (tries - 1) * (1 + chance / 2)
