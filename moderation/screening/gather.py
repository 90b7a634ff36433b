"""Gathers all that the rules need to know about a comment, in a few short queries."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from moderation.foundation.columns import Moment
from moderation.foundation.prepared import Prepared
from moderation.records import Ban, Comment, Decision, Membership, Moderator, Person, Status, Version
from moderation.screening.repeats import count_repeats
from moderation.screening.rule import Case, Known

# One is enough to hold a comment; which of many would be said does not matter.
_MOST: Final = 10

# Of somebody who wrote more, the newest so many tell enough of how it stood at a former time.
_REMEMBERED: Final = 200

_EARLIER = (
    select(Comment.id)
    .where(
        Comment.person_id == bindparam("person_id"),
        Comment.created_at <= bindparam("now"),
        Comment.id != bindparam("own_id"),
    )
    .order_by(Comment.created_at.desc())
    .limit(_REMEMBERED)
    .subquery()
)
_DECIDED_BY_THEN = (
    select(Decision.comment_id, Decision.after)
    .join(_EARLIER, _EARLIER.c.id == Decision.comment_id)
    .where(Decision.created_at <= bindparam("now"))
    .order_by(Decision.version)
)


def _about(what: str, **columns: Any) -> Select[Any]:
    """Return the beginning of one of several questions that are asked as one: all have the same columns."""
    empty = {"id": String, "name": String, "email": String, "number": Integer, "until": Moment}
    return select(
        literal(what).label("what"),
        *(columns.get(name, cast(null(), kind)).label(name) for name, kind in empty.items()),
    )


_COUNTS = (
    _about("count", name=type_coerce(Comment.status, String), number=func.count())
    .where(Comment.person_id == bindparam("person_id"))
    .group_by(Comment.status)
)

_BANS = _about("ban", id=Ban.person_id, until=Ban.until).where(
    Ban.site_id == bindparam("site_id"),
    Ban.created_at <= bindparam("now"),
    or_(Ban.lifted_at.is_(None), Ban.lifted_at > bindparam("now")),
    or_(Ban.until.is_(None), Ban.until > bindparam("now")),
    # An unknown address is NULL here, and so equals no ban's.
    or_(Ban.person_id == bindparam("person_id"), Ban.address_hash == bindparam("address_hash")),
)

_MODERATORS = (
    _about("moderator", id=Moderator.id, name=Moderator.name, email=Moderator.email)
    .join(Membership, Membership.moderator_id == Moderator.id)
    .where(Membership.site_id == bindparam("site_id"), Membership.created_at <= bindparam("now"))
)

_SIGNED_IN = _about("commenter", name=Person.name, email=Person.email).where(
    Person.site_id == bindparam("site_id"),
    Person.provider != "guest",
    Person.id != bindparam("person_id"),
    Person.created_at <= bindparam("now"),
)
_ALIKE = _SIGNED_IN.where(Person.look == bindparam("look")).limit(_MOST)
_SAME_ADDRESS = _SIGNED_IN.where(Person.email.in_([bindparam("email"), bindparam("small_email")])).limit(_MOST)
# In one go: each question costs more to ask than to answer.
_FACTS = Prepared(
    union_all(_MODERATORS, _COUNTS, _BANS, *(select(some.subquery()) for some in (_ALIKE, _SAME_ADDRESS)))
)


def gather(
    db: Session,
    comment: Comment,
    version: Version,
    *,
    text: str,
    links: tuple[str, ...],
    now: datetime,
    past: bool = False,
) -> Case:
    """Return the facts about a version of a comment; neither need be stored yet.

    Args:
        text: the words of the version, as readers would see them.
        links: the absolute addresses in it.
        past: ``now`` is a former time, and what was decided since is to be left out. Names, addresses and whether one
            is confirmed are today's all the same, and so is trust, where it was taken away since.
    """
    page, person, site = comment.page, comment.person, comment.page.site
    db.flush()
    connection = db.connection()
    facts = _facts(connection, comment, now)
    moderators, commenters = facts["moderator"], facts["commenter"] if person.is_guest else []
    counts = _counts_by_then(connection, comment, now) if past else {row.name: row.number for row in facts["count"]}
    banned_why = _banned_why(facts["ban"])
    repeats = count_repeats(connection, comment, version, now=now)
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
        trusted=person.trusted_at is not None and person.trusted_at <= now and person.issuer is not None,
        banned=bool(banned_why),
        banned_why=banned_why,
        approved_before=counts.get(Status.approved, 0),
        rejected_before=counts.get(Status.rejected, 0),
        spam_before=counts.get(Status.spam, 0),
        first_seen_at=person.created_at,
        repeats_by_writer=repeats.by_writer,
        repeats_by_others=repeats.by_others,
        # A guest could be taken for somebody who signs in and has the same look or address.
        known=tuple(
            dict.fromkeys(
                Known(name=row.name, email=row.email, is_moderator=row.what == "moderator")
                for row in (*moderators, *commenters)
            )
        ),
        submitted_at=version.created_at,
        now=now,
    )


def _facts(db: Connection, comment: Comment, now: datetime) -> dict[str, list[Any]]:
    """Return what stands in the database about a comment's writer and site: rows of each kind."""
    person = comment.person
    given = person.email or ""
    rows = _FACTS(
        db,
        site_id=comment.site_id,
        person_id=person.id,
        address_hash=comment.address_hash,
        look=person.look,
        email=given,
        small_email=given.lower(),
        now=now,
    )
    facts: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        facts[row.what].append(row)
    return facts


def _counts_by_then(db: Connection, comment: Comment, now: datetime) -> dict[str, int]:
    values = {"person_id": comment.person_id, "own_id": comment.id, "now": now}
    # The newest decision on each comes last.
    stood = {row.comment_id: row.after for row in db.execute(_DECIDED_BY_THEN, values)}
    return Counter(stood.values())


def _banned_why(bans: Sequence[Any]) -> str:
    """Return the sentence about the ban that lasts longest, empty where there is none."""
    if not bans:
        return ""
    ban = max(bans, key=lambda ban: (ban.until is None, ban.until))
    who = "Its writer is" if ban.id else "The address that it comes from is"
    until = f" until {ban.until:%Y-%m-%d %H:%M} UTC" if ban.until else ""
    return f"{who} banned on this blog{until}."
