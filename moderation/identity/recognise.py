"""Recognises who signed in: finds the person by issuer and subject, or makes a new one."""

from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.insert import insert_missing
from moderation.foundation.text import clean_name, email_address, web_address
from moderation.foundation.tokens import new_id
from moderation.identity.authorship import note_author
from moderation.identity.avatar import note_picture
from moderation.identity.provider import Profile
from moderation.records import Comment, Person, Site
from moderation.records.search import note_all

# Never the first part of the e-mail address, which is nobody's business.
NAMELESS: Final = "Somebody"
_LONGEST: Final = 64


def recognise(db: Session, *, site_id: str, provider: str, profile: Profile, now: datetime) -> Person:
    """Return the person on a site who has this identity, with name, picture, link and e-mail as they are now.

    Args:
        provider: the name of the keys that were used.
    """
    shown = _clean(profile)
    is_new = insert_missing(
        db,
        Person,
        id=new_id("p", now),
        site_id=site_id,
        provider=provider,
        issuer=profile.issuer,
        subject=profile.subject,
        name=shown.name or NAMELESS,
        url=shown.url,
        picture=shown.avatar,
        picture_due_at=now if shown.avatar else None,
        email=shown.email,
        email_verified=shown.email_verified,
        created_at=now,
        seen_at=now,
    )
    person = db.scalars(
        select(Person).where(
            Person.site_id == site_id, Person.issuer == profile.issuer, Person.subject == profile.subject
        )
    ).one()
    if not is_new:
        _refresh(db, person, shown, provider=provider, now=now)
    note_author(db, person)
    return person


def _refresh(db: Session, person: Person, shown: Profile, *, provider: str, now: datetime) -> None:
    before, found_by = (person.name, person.url, person.avatar), (person.name, person.provider)
    person.name, person.url = shown.name or person.name, shown.url
    note_picture(db, person, shown.avatar, now=now)
    person.email, person.email_verified = shown.email, shown.email_verified
    person.provider, person.seen_at = provider, now
    db.flush()
    if found_by != (person.name, person.provider):
        note_all(db, Comment.person_id == person.id)
    if before != (person.name, person.url, person.avatar):
        # Readers see the person on every page where they wrote.
        db.execute(update(Site).where(Site.id == person.site_id).values(revision=Site.revision + 1))


def _clean(profile: Profile) -> Profile:
    """Return what may be kept and shown; a provider's word is a stranger's."""
    email = _or_none(email_address, profile.email)
    name = " ".join((profile.name or "").split())
    return replace(
        profile,
        name=_or_none(clean_name, name) or _or_none(clean_name, name[:_LONGEST]),
        url=_or_none(web_address, profile.url),
        avatar=_or_none(web_address, profile.avatar),
        email=email,
        email_verified=profile.email_verified and email is not None,
    )


class _Cleaner(Protocol):
    def __call__(self, text: str, *, field: str | None) -> str: ...


def _or_none(clean: _Cleaner, text: str | None) -> str | None:
    try:
        return clean(text, field=None) if text else None
    except Refused:
        return None
