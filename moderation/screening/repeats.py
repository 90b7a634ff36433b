"""Counts how often the same was said on a site within a day, by the same person and by others."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, Text, bindparam, cast, null, select, union_all

from moderation.foundation.prepared import Prepared
from moderation.records import Comment, Person, Status, Version

WITHIN: Final = timedelta(hours=24)
# Enough to tell a flood from chance.
MOST: Final = 50
# Of each status, the newest so many are compared word by word.
COMPARED: Final = 8
# Shorter texts are alike by chance.
ALIKE_WORDS: Final = 10
ALIKE: Final = 0.8

_COUNTED: Final = (Status.waiting, Status.approved, Status.rejected, Status.spam)

# A text that its writer took back may be said again.
_SAME = (
    select(Comment.id, Comment.person_id, Comment.address_hash, Person.email, cast(null(), Text).label("body"))
    .join(Version, Version.comment_id == Comment.id)
    .join(Person, Person.id == Comment.person_id)
    .where(
        Version.body_hash == bindparam("body_hash"),
        Version.created_at.between(bindparam("since"), bindparam("now")),
        Comment.site_id == bindparam("site_id"),
        Comment.id != bindparam("own_id"),
        Comment.status != Status.withdrawn,
    )
    .distinct()
    .limit(MOST)
)

# One branch a status, so that each is a walk along an index, whatever the site's size.
_NEWEST = union_all(
    *(
        select(
            select(Comment.id)
            .where(
                Comment.site_id == bindparam("site_id"),
                Comment.status == status,
                Comment.created_at.between(bindparam("since"), bindparam("now")),
            )
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(COMPARED)
            .subquery()
        )
        for status in _COUNTED
    )
).subquery()

_NEAR = (
    select(Comment.id, Comment.person_id, Comment.address_hash, Person.email, Version.body)
    .join(_NEWEST, _NEWEST.c.id == Comment.id)
    .join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
    .join(Person, Person.id == Comment.person_id)
    .where(Comment.id != bindparam("own_id"))
)

_OF_SHORT_TEXTS: Final = Prepared(_SAME)
_OF_LONG_TEXTS: Final = Prepared(union_all(select(_SAME.subquery()), _NEAR))


class Repeats(NamedTuple):
    """How many other comments say the same."""

    by_writer: int
    by_others: int


def count_repeats(db: Connection, comment: Comment, version: Version, *, now: datetime) -> Repeats:
    """Count the comments with the same words as a version; else, among the newest ones, those with nearly the same.

    A guest is taken for the same by the e-mail address; where none was given, by the network.
    """
    values = {"since": now - WITHIN, "now": now, "site_id": comment.site_id, "own_id": comment.id}
    words = _words(version.body)
    ask = _OF_LONG_TEXTS if len(words) >= ALIKE_WORDS else _OF_SHORT_TEXTS
    rows = ask(db, **values, body_hash=version.body_hash)
    same = [row for row in rows if row.body is None]
    alike = same or [row for row in rows if _alike(words, _words(row.body))]
    found = [_is_by(comment, row.person_id, row.email, row.address_hash) for row in alike]
    return Repeats(by_writer=sum(found), by_others=len(found) - sum(found))


def _is_by(comment: Comment, person_id: str, email: str | None, address_hash: bytes | None) -> bool:
    person = comment.person
    if person_id == person.id:
        return True
    if not person.is_guest:
        return False
    if person.email or email:
        return (person.email or "").casefold() == (email or "").casefold()
    return comment.address_hash is not None and comment.address_hash == address_hash


def _words(body: str) -> frozenset[str]:
    return frozenset(body.casefold().split())


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return 2 * len(one & other) >= ALIKE * (len(one) + len(other))
