"""Ends a person's sign-ins, forgets who it was, and vouches for having done so."""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.foundation.tokens import Keys
from moderation.identity.avatar import drop_avatar
from moderation.identity.recognise import NAMELESS
from moderation.records import Attempt, Comment, Person, PersonSession, Site, Subscription

# What stands for an identity that is not kept any more.
ERASED: Final = "erased"
_CODE: Final = re.compile(r"([0-9a-f]{10})([0-9a-f]{32})")


def persons_of(db: Session, *, issuer: str, subject: str) -> Sequence[Person]:
    """Return who has an identity, on each site one."""
    return db.scalars(select(Person).where(Person.issuer == issuer, Person.subject == subject)).all()


def sign_out(db: Session, person: Person, *, now: datetime) -> None:
    """End all sessions of a person, and the tries to sign in that have not led to one yet."""
    live = (PersonSession.person_id == person.id, PersonSession.revoked_at.is_(None))
    db.execute(update(PersonSession).where(*live).values(revoked_at=now))
    db.execute(delete(Attempt).where(Attempt.person_id == person.id))


def blank(db: Session, person: Person, *, now: datetime) -> None:
    """Forget who a person was: nothing that a provider or the person said is left, and nobody can sign in as it."""
    sign_out(db, person, now=now)
    open_still = (Subscription.person_id == person.id, Subscription.ended_at.is_(None))
    db.execute(update(Subscription).where(*open_still).values(ended_at=now))
    person.provider, person.issuer, person.subject = ERASED, ERASED, person.id
    person.name, person.url = NAMELESS, None
    person.picture = person.picture_due_at = None
    drop_avatar(db, person)
    person.email, person.email_verified = None, False
    person.trusted_at = person.moderator_id = None
    db.execute(update(Comment).where(Comment.person_id == person.id).values(provider=ERASED, language=None))
    db.flush()
    # Readers saw the person on every page where it wrote.
    db.execute(update(Site).where(Site.id == person.site_id).values(revision=Site.revision + 1))


def confirm(keys: Keys, now: datetime) -> str:
    """Return a code of letters and digits that says when something was erased, and keeps nothing about whom."""
    moment = f"{int(now.timestamp()):010x}"
    return moment + _seal(keys, moment)


def confirmed_at(keys: Keys, code: str) -> datetime:
    """Return when what a code confirms was erased.

    Args:
        code: text from a stranger.

    Raises:
        Missing: when it is not one of ours.
    """
    found = _CODE.fullmatch(code)
    if found is None or not hmac.compare_digest(found[2], _seal(keys, found[1])):
        raise Missing("This confirmation code is not one of ours.")
    return datetime.fromtimestamp(int(found[1], 16), UTC)


def _seal(keys: Keys, moment: str) -> str:
    return keys.keyed_hash("erasure", moment)[:16].hex()
