"""Guests: people who give a name and, mostly, an e-mail address, and nobody vouches for either."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.foundation.errors import NotAllowed, Refused
from moderation.foundation.tokens import new_id
from moderation.records import Comment, Person, Site, Subscription

MAILTO: Final = "mailto:"


def new_guest(db: Session, site: Site, *, name: str, email: str | None, website: str | None, now: datetime) -> Person:
    """Make the person of one guest comment; it is a person of its own until the address is confirmed.

    Raises:
        NotAllowed: where the site takes no guests.
        Refused: where it wants an e-mail address and there is none.
    """
    if not site.policy.guests_allowed:
        raise NotAllowed("Please sign in to comment here.", signed_in=False)
    if email is None and site.policy.guest_email_required:
        raise Refused("Please fill in your e-mail address; it is never made public.", field="guest.email")
    person = Person(
        id=new_id("p", now), site_id=site.id, name=name, email=email, url=website, created_at=now, seen_at=now
    )
    db.add(person)
    db.flush()
    return person


def confirm_guest(db: Session, *, comment: Comment, now: datetime) -> Person:
    """Take a guest comment's e-mail address as proven, because its mail was answered; doing it twice is harmless.

    The comment goes to the person who confirmed the same address on this site before, if there is one: so such a person
    can be known again, and trusted. Other comments that somebody signed with the same address stay where they are.

    Raises:
        Refused: when there is no address to confirm.
    """
    guest = comment.person
    if guest.issuer is not None or not guest.is_guest:
        return guest
    if guest.email is None:
        raise Refused("This comment has no e-mail address to confirm.")
    person = _confirmed(db, guest) or _confirm(db, guest)
    subscription = db.get(Subscription, (comment.page_id, guest.id))
    if person is not guest:
        comment.person = person
        if subscription is not None:
            subscription = _hand_over(db, subscription, person, now)
    if subscription is not None and subscription.confirmed_at is None:
        subscription.confirmed_at = now
    person.seen_at = now
    if comment.visible:
        comment.page.revision += 1
    db.flush()
    return person


def _confirmed(db: Session, guest: Person) -> Person | None:
    same = (Person.site_id == guest.site_id, Person.issuer == MAILTO, Person.subject == (guest.email or "").lower())
    return db.scalar(select(Person).where(*same))


def _confirm(db: Session, guest: Person) -> Person:
    try:
        with db.begin_nested():
            guest.issuer, guest.subject, guest.email_verified = MAILTO, (guest.email or "").lower(), True
            db.flush()
    except IntegrityError:
        # Another comment of the same address was confirmed at this moment.
        db.refresh(guest)
        return _confirmed(db, guest) or guest
    return guest


def _hand_over(db: Session, subscription: Subscription, person: Person, now: datetime) -> Subscription:
    known = db.get(Subscription, (subscription.page_id, person.id))
    if known is None:
        known = Subscription(page_id=subscription.page_id, person_id=person.id, created_at=now)
        known.ended_at = subscription.ended_at
        db.add(known)
    elif subscription.ended_at is None:
        known.ended_at = None
    db.delete(subscription)
    return known
