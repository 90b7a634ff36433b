"""Guests: people who give a name and, mostly, an e-mail address, and nobody vouches for either."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.foundation.errors import NotAllowed, Refused
from moderation.foundation.insert import insert_new
from moderation.foundation.tokens import new_id
from moderation.records import Ban, Comment, Note, Notice, Page, Person, Site, Status, Subscription
from moderation.records.search import note_all

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
    insert_new(db, person)
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
        db.flush()
        note_all(db, Comment.id == comment.id)
        if subscription is not None:
            subscription = _hand_over(db, subscription, person, now)
    if subscription is not None and subscription.confirmed_at is None:
        subscription.confirmed_at = now
    person.seen_at = now
    if comment.visible:
        comment.page.revision += 1
    db.flush()
    return person


def earlier_guests(db: Session, person: Person, *, now: datetime) -> Sequence[Person]:
    """Return the guests whose comments a person may claim: those of the same site who gave the address that the person
    has confirmed, and did not confirm it. Who is banned stays who they are.
    """
    if person.issuer != MAILTO or person.email is None:
        return ()
    banned = select(Ban.id).where(Ban.person_id == Person.id, Ban.lifted_at.is_(None))
    banned = banned.where(or_(Ban.until.is_(None), Ban.until > now))
    same = (Person.site_id == person.site_id, Person.email.in_({person.email, person.subject}))
    guests = select(Person).where(*same, Person.issuer.is_(None), Person.provider == "guest", Person.id != person.id)
    return db.scalars(guests.where(~banned.exists()).order_by(Person.id)).all()


def earlier_comments(db: Session, person: Person, *, now: datetime) -> int:
    """Return how many comments a person may claim."""
    guests = [guest.id for guest in earlier_guests(db, person, now=now)]
    theirs = (Comment.person_id.in_(guests), Comment.status != Status.withdrawn)
    return db.scalar(select(func.count()).select_from(Comment).where(*theirs)) or 0


def take_over(db: Session, person: Person, guest: Person, *, now: datetime) -> int:
    """Make a guest's comments and subscriptions a person's, and forget the guest; return how many comments it were.

    The person is known to have the guest's address.
    """
    theirs = select(Comment).where(Comment.person_id == guest.id).order_by(Comment.id).with_for_update()
    comments = db.scalars(theirs).all()
    for comment in comments:
        comment.person = person
    for subscription in db.scalars(select(Subscription).where(Subscription.person_id == guest.id)).all():
        confirmed = _hand_over(db, subscription, person, now)
        confirmed.confirmed_at = confirmed.confirmed_at or now
    for record in (Notice, Note):
        db.execute(update(record).where(record.person_id == guest.id).values(person_id=person.id))
    db.flush()
    note_all(db, Comment.id.in_([comment.id for comment in comments]))
    seen = {comment.page_id for comment in comments if comment.visible}
    db.execute(update(Page).where(Page.id.in_(seen)).values(revision=Page.revision + 1))
    db.flush()
    db.delete(guest)
    db.flush()
    return len(comments)


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
