"""Takes a comment in: found its page, stored once, screened, perhaps decided, announced."""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Refused
from moderation.foundation.tokens import new_id
from moderation.identity.guest import new_guest
from moderation.intake.arrival import Arrival
from moderation.intake.page import check_origin, find_or_make_page
from moderation.intake.submit import answered, claim, compose, earlier, submit
from moderation.journey.received import Received, received, version_of
from moderation.journey.screen import check_length, conclude, held_by, look
from moderation.notifying import announce
from moderation.records import Comment, Person, Site, Status, Submission


def replay(db: Session, site: Site, arrival: Arrival) -> Received | None:
    """Return the first answer to a submission that was stored before, None if it is new.

    Raises:
        Refused: when its idempotency key stood for something else.
    """
    first = earlier(db, arrival.sent(site))
    return _replayed(db, first) if first else None


def receive(db: Session, site: Site, arrival: Arrival, *, now: datetime) -> Received:
    """Take a comment in: found its page, stored once, screened, perhaps decided, announced.

    Raises:
        NotAllowed: from a place or a person the site does not take comments from, or on a closed page.
        Refused: when something in it cannot be taken.
    """
    sent, comment_id = arrival.sent(site), new_id("c", now)
    if not claim(db, sent, comment_id=comment_id, now=now):
        first = earlier(db, sent)
        if first is None:
            raise Conflict("This comment is being stored; please try again.")
        return _replayed(db, first)
    given = arrival.submission
    check_origin(site, origin=arrival.origin, address=given.page.url)
    check_length(arrival.text, site)
    page = find_or_make_page(db, site, key=given.page.key, url=given.page.url, title=given.page.title, now=now)
    parent = answered(db, page, given.parent)
    person = _writer(db, site, arrival, now)
    comment, version = compose(
        comment_id=comment_id,
        page=page,
        person=person,
        parent=parent,
        text=arrival.text,
        address_hash=arrival.address_hash,
        now=now,
    )
    screened = look(db, site, comment, version, arrival.text, now)
    comment.held_by = held_by(screened)
    submit(db, comment, version)
    status = conclude(db, comment, screened, now)
    if status is not Status.waiting:
        db.get_one(Submission, (sent.scope, sent.key)).status = status.value
    announce.received(db, comment=comment, site=site, subscribe=given.subscribe, now=now)
    return received(db, comment, version, status)


def _writer(db: Session, site: Site, arrival: Arrival, now: datetime) -> Person:
    if arrival.person_id is not None:
        person = db.get(Person, arrival.person_id)
        if person is None or person.site_id != site.id:
            raise NotAllowed("This sign-in is for another site; please sign in again.", signed_in=False)
        person.seen_at = now
        return person
    if arrival.guest is None:
        raise Refused("Please fill in your name and e-mail address, or sign in.", field="guest")
    guest = arrival.guest
    return new_guest(db, site, name=guest.name, email=guest.email, website=guest.website, now=now)


def _replayed(db: Session, first: Submission) -> Received:
    comment = db.get(Comment, first.comment_id)
    if comment is None:
        raise Missing("This comment was erased.")
    return Received(
        comment=comment,
        person=comment.person,
        version=version_of(db, comment, 1),
        status=Status(first.status),
        replayed=True,
        noticed=False,
    )
