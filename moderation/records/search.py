"""What moderators can search: the terms of each comment's newest text and of its writer's name."""

import sqlite3
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    column,
    delete,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.types import TypeEngine, UserDefinedType

from moderation.foundation.columns import identifier
from moderation.foundation.language import language_of
from moderation.foundation.prepared import Prepared
from moderation.foundation.terms import terms
from moderation.records.comment import Comment, Status, Version
from moderation.records.person import Person

# SQLite's index stands beside the table; terms are cut already, so nothing is to be folded there.
INDEX: Final = table("search_index", column("rowid", Integer), column("search_index", Text), column("terms", Text))
_ADD: Final = Prepared(insert(INDEX).values(rowid=bindparam("number"), terms=bindparam("terms")))
_DROP: Final = text("INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', :number, :terms)")
_MERGE: Final = text("INSERT INTO search_index(search_index) VALUES ('optimize')")
_PIECES: Final = 2000
# From here on SQLite overwrites deleted terms at once; before, only when the index's parts are merged.
_OVERWRITES_SINCE: Final = (3, 42)


class OfPostgresql(UserDefinedType[str]):
    """A type of PostgreSQL by its name; SQLAlchemy's own come with a whole dialect, which SQLite has no use for."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: object) -> str:
        return self.name


class Terms(TypeDecorator[str]):
    """Terms with a blank between them; on PostgreSQL, a tsvector."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return OfPostgresql("TSVECTOR") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return " ".join(f"'{term}'" for term in value.split())


# The terms of each comment; ``number`` grows from comment to comment in the order in which they came. All of it can be
# made anew, so it is no record: a backup leaves it out. On SQLite an FTS5 index stands beside it, on PostgreSQL a GIN
# index; both are made by a migration. Only the functions of this file write here, since SQLite trusts no trigger with
# its index.
ENTRIES: Final = Table(
    "search_entry",
    MetaData(),
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("comment_id", identifier(), nullable=False, unique=True),
    Column("terms", Terms, nullable=False),
)
_ENTER: Final = Prepared(insert(ENTRIES).returning(ENTRIES.c.number), columns=("comment_id", "terms"))


def describe(comment: Comment, version: Version) -> None:
    """Keep with a comment what moderators filter by: how its writer signed in, and what the text is like."""
    comment.provider = comment.person.provider
    # What is text in the HTML has its < escaped.
    comment.links, comment.language = "<a " in version.html, language_of(version.body)


def enter(db: Session, comment: Comment, version: Version) -> None:
    """Let moderators find a new comment by its text and by its writer."""
    _add(db, comment.id, comment.person.name, version.body)


def note(db: Session, comment: Comment, version: Version) -> None:
    """Let moderators find a comment by a text and by its writer, and by nothing that it said before."""
    describe(comment, version)
    db.flush()
    drop(db, (comment.id,))
    enter(db, comment, version)


def note_all(db: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> int:
    """Let moderators find comments as they and their writers are now; return how many comments it were.

    Args:
        limit: how many at most.
    """
    standing = select(Comment, Version).join(Version, Version.comment_id == Comment.id)
    standing = standing.where(Version.number == Comment.latest, *conditions).options(joinedload(Comment.person))
    rows = db.execute(standing.order_by(Comment.id).limit(limit)).all()
    for comment, version in rows:
        if comment.status is Status.withdrawn:
            comment.provider = comment.person.provider
        else:
            note(db, comment, version)
    db.flush()
    return len(rows)


def renew(db: Session, *, after: str = "", limit: int = 500) -> str | None:
    """Make the entries of some comments where there are none, after a backup was put back.

    Args:
        after: what the turn before returned.

    Returns where the next turn begins, None at the end.
    """
    rows = select(Comment.id, Comment.status, Person.name, Version.body).join(Person, Person.id == Comment.person_id)
    rows = rows.join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
    found = db.execute(rows.where(Comment.id > after).order_by(Comment.id).limit(limit)).all()
    for comment_id, status, name, body in found:
        if status is not Status.withdrawn:
            _add(db, comment_id, name, body)
    return found[-1][0] if len(found) == limit else None


def drop(db: Session, comment_ids: Collection[str]) -> None:
    """Let comments be found no more."""
    ids = sorted(comment_ids)
    for start in range(0, len(ids), _PIECES):
        some = ENTRIES.c.comment_id.in_(ids[start : start + _PIECES])
        if _is_sqlite(db):
            known = db.execute(select(ENTRIES.c.number, ENTRIES.c.terms).where(some)).all()
            if known:
                db.execute(_DROP, [{"number": number, "terms": said} for number, said in known])
        db.execute(delete(ENTRIES).where(some))


def scrub(db: Session) -> None:
    """Overwrite what was dropped, so that it is in no byte of the database; for when somebody is erased."""
    if _is_sqlite(db) and sqlite3.sqlite_version_info < _OVERWRITES_SINCE:
        db.execute(_MERGE)


def _add(db: Session, comment_id: str, name: str, body: str) -> None:
    said = " ".join(terms(f"{name} {body}"))
    ((number,),) = _ENTER(db, comment_id=comment_id, terms=said)
    if _is_sqlite(db):
        _ADD(db, number=number, terms=said)


def _is_sqlite(db: Session) -> bool:
    return db.get_bind().dialect.name == "sqlite"
