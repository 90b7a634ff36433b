"""Gathers all that the rules need to know about a comment, in a few short queries."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.records import Ban, Comment, Membership, Moderator, Person, Status, Version
from moderation.screening.repeats import count_repeats
from moderation.screening.rule import Case, Known

# One is enough to hold a comment; which of many would be said does not matter.
_MOST: Final = 10

_COUNTS = (
    select(Comment.status, func.count()).where(Comment.person_id == bindparam("person_id")).group_by(Comment.status)
)

_BANS = select(Ban.person_id, Ban.until).where(
    Ban.site_id == bindparam("site_id"),
    Ban.lifted_at.is_(None),
    or_(Ban.until.is_(None), Ban.until > bindparam("now")),
    # An unknown address is NULL here, and so equals no ban's.
    or_(Ban.person_id == bindparam("person_id"), Ban.address_hash == bindparam("address_hash")),
)

_MODERATORS = (
    select(Moderator.id, Moderator.name, Moderator.email)
    .join(Membership, Membership.moderator_id == Moderator.id)
    .where(Membership.site_id == bindparam("site_id"))
)

_SIGNED_IN = select(Person.name, Person.email).where(
    Person.site_id == bindparam("site_id"), Person.provider != "guest", Person.id != bindparam("person_id")
)
_ALIKE = _SIGNED_IN.where(Person.look == bindparam("look")).limit(_MOST)
_SAME_ADDRESS = _SIGNED_IN.where(Person.email.in_([bindparam("email"), bindparam("small_email")])).limit(_MOST)
_COMMENTERS = union(select(_ALIKE.subquery()), select(_SAME_ADDRESS.subquery()))


def gather(db: Session, comment: Comment, *, text: str, links: tuple[str, ...], now: datetime) -> Case:
    """Return the facts about the newest version of a comment.

    Args:
        text: the words of the version, as readers would see them.
        links: the absolute addresses in it.

    Raises:
        Missing: when the comment has no such version.
    """
    version = db.get(Version, (comment.id, comment.latest))
    if version is None:
        raise Missing("This comment has no text any more.")
    page, person, site = comment.page, comment.person, comment.page.site
    db.flush()
    # Plain rows are wanted; asked without the session, they come in two thirds of the time.
    connection = db.connection()
    moderators = connection.execute(_MODERATORS, {"site_id": site.id}).all()
    counts = _counts(connection, person)
    banned_why = _banned_why(connection, comment, now)
    repeats = count_repeats(connection, comment, version, now=now)
    known = [Known(name=row.name, email=row.email, is_moderator=True) for row in moderators]
    return Case(
        body=version.body,
        text=text,
        links=links,
        site_origins=tuple(origin.origin for origin in site.origins),
        page_key=page.key,
        page_title=page.title,
        person_id=person.id,
        name=person.name,
        email=person.email,
        email_verified=person.email_verified,
        url=person.url,
        provider=person.provider,
        is_guest=person.is_guest,
        is_moderator=any(row.id == person.moderator_id for row in moderators),
        # Anybody may give a guest's name and address; only once confirmed do they stand for a person.
        trusted=person.trusted_at is not None and person.issuer is not None,
        banned=bool(banned_why),
        banned_why=banned_why,
        approved_before=counts.get(Status.approved, 0),
        rejected_before=counts.get(Status.rejected, 0),
        spam_before=counts.get(Status.spam, 0),
        first_seen_at=person.created_at,
        repeats_by_writer=repeats.by_writer,
        repeats_by_others=repeats.by_others,
        known=(*known, *_commenters(connection, comment)),
        submitted_at=version.created_at,
        now=now,
    )


def _counts(db: Connection, person: Person) -> dict[Status, int]:
    return {row[0]: row[1] for row in db.execute(_COUNTS, {"person_id": person.id})}


def _banned_why(db: Connection, comment: Comment, now: datetime) -> str:
    """Return the sentence about the ban that lasts longest, empty where there is none."""
    values = {"person_id": comment.person_id, "address_hash": comment.address_hash}
    bans = db.execute(_BANS, {**values, "site_id": comment.site_id, "now": now}).all()
    if not bans:
        return ""
    ban = max(bans, key=lambda ban: (ban.until is None, ban.until or now))
    who = "Its writer is" if ban.person_id else "The address that it comes from is"
    until = f" until {ban.until:%Y-%m-%d %H:%M} UTC" if ban.until else ""
    return f"{who} banned on this blog{until}."


def _commenters(db: Connection, comment: Comment) -> tuple[Known, ...]:
    """Return the signed-in persons for whom a guest could be taken: they have the same look or address."""
    person = comment.person
    if not person.is_guest:
        return ()
    given = person.email or ""
    values = {"site_id": comment.site_id, "person_id": person.id, "look": person.look}
    rows = db.execute(_COMMENTERS, {**values, "email": given, "small_email": given.lower()})
    return tuple(Known(name=row.name, email=row.email, is_moderator=False) for row in rows)
