"""The person as whom a moderator speaks on a site, with the badge of its author; the widget knows it by an identity."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.foundation.insert import insert_missing
from moderation.foundation.tokens import new_id
from moderation.records import LinkedIdentity, Membership, Moderator, Person, Site

# The issuer of those who have linked no account: this dashboard itself.
DASHBOARD: Final = "moderation:dashboard"


def author_on(db: Session, moderator: Moderator, site_id: str, *, now: datetime) -> Person:
    """Return the person as whom a moderator answers on a site, made at need.

    One who has linked an account to sign in to the dashboard is the person of that account, so that the widget knows
    them too; the others are known by the dashboard alone.
    """
    linked = select(LinkedIdentity).where(LinkedIdentity.moderator_id == moderator.id)
    identities = db.scalars(linked.order_by(LinkedIdentity.created_at, LinkedIdentity.subject)).all()
    for identity in identities:
        known = _known(db, site_id, identity.issuer, identity.subject)
        if known is not None:
            return _badge(db, known, moderator)
    return _make(db, moderator, site_id, identities[0] if identities else None, now=now)


def note_author(db: Session, person: Person) -> None:
    """Give somebody who has just signed in the badge that is theirs by a linked account, or take a former one away."""
    linked = select(LinkedIdentity.moderator_id).join(
        Membership, Membership.moderator_id == LinkedIdentity.moderator_id
    )
    linked = linked.where(Membership.site_id == person.site_id)
    mine = linked.where(LinkedIdentity.issuer == person.issuer, LinkedIdentity.subject == person.subject)
    _set(db, person, db.scalar(mine))


def forget_author(db: Session, moderator_id: str, site_id: str) -> None:
    """Take the badge from the persons of somebody who moderates a site no more."""
    theirs = select(Person).where(Person.site_id == site_id, Person.moderator_id == moderator_id)
    for person in db.scalars(theirs).all():
        _set(db, person, None)


def _make(db: Session, moderator: Moderator, site_id: str, identity: LinkedIdentity | None, *, now: datetime) -> Person:
    issuer = identity.issuer if identity else DASHBOARD
    subject = identity.subject if identity else moderator.id
    insert_missing(
        db,
        Person,
        id=new_id("p", now),
        site_id=site_id,
        provider=identity.provider if identity else "dashboard",
        issuer=issuer,
        subject=subject,
        name=moderator.name,
        moderator_id=moderator.id,
        created_at=now,
        seen_at=now,
    )
    query = select(Person).where(Person.site_id == site_id, Person.issuer == issuer, Person.subject == subject)
    person = db.scalars(query).one()
    if identity is None and person.name != moderator.name:
        person.name = moderator.name
        _announce(db, site_id)
    return _badge(db, person, moderator)


def _known(db: Session, site_id: str, issuer: str, subject: str) -> Person | None:
    return db.scalar(
        select(Person).where(Person.site_id == site_id, Person.issuer == issuer, Person.subject == subject)
    )


def _badge(db: Session, person: Person, moderator: Moderator) -> Person:
    _set(db, person, moderator.id)
    return person


def _set(db: Session, person: Person, moderator_id: str | None) -> None:
    if person.moderator_id == moderator_id:
        return
    had = person.badge
    person.moderator_id = moderator_id
    db.flush()
    if person.badge != had:
        _announce(db, person.site_id)


def _announce(db: Session, site_id: str) -> None:
    # Readers see the person on every page where they wrote.
    db.execute(update(Site).where(Site.id == site_id).values(revision=Site.revision + 1))
