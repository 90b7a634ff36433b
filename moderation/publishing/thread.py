"""The approved comments of a page, in the order they are read, a slice at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.options import known_options
from moderation.publishing.shape import CommentRow, PersonRow, Shown, VersionRow, comment_json, page_json, person_json
from moderation.records import Comment, Page, PageLike, Person, Policy, Site, Version

SLICE = 100
_MOST_LIKERS: Final = 20
_PINNED = "p"

_comment, _person, _version = (record.__table__.c for record in (Comment, Person, Version))


class Sort(StrEnum):
    """The order of top-level comments, of which pinned ones come first; answers are always oldest first."""

    oldest = "oldest"
    newest = "newest"
    best = "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a slice ended: the last comment, and the root above it as it stood then.

    Args:
        pinned: it stood among the pinned ones.
        likes: how many it had.
    """

    last: Comment
    root: Comment
    pinned: bool
    likes: int


# Queries are made once, and read columns instead of records: else that would be most of what a build costs.
_TO_PERSON: Final = len(CommentRow._fields)
_TO_VERSION: Final = _TO_PERSON + len(PersonRow._fields)
# An unapproved comment has nothing shown, so it comes without a version: its text never leaves the database.
_COMMENTS: Final = (
    select(
        *(_comment[name] for name in CommentRow._fields),
        *(_person[name] for name in PersonRow._fields),
        *(_version[name] for name in VersionRow._fields),
    )
    .select_from(Comment.__table__)
    .join(Person.__table__, _person.id == _comment.person_id)
    .outerjoin(Version.__table__, and_(_version.comment_id == _comment.id, _version.number == _comment.shown))
    .where(_comment.page_id == bindparam("page"), _comment.visible.is_(True))
)
_MOST: Final = bindparam("most", type_=Integer)
# What is kept only for the answers below stands at its own place.
_FIRST: Final = _comment.pinned.is_(True), _comment.shown.is_not(None)
_ROOTS: Final = {
    (sort, pinned): _COMMENTS.where(_comment.depth == 0, *which).order_by(*order).limit(_MOST)
    for sort, order in (
        (Sort.oldest, (_comment.created_at, _comment.id)),
        (Sort.newest, (_comment.created_at.desc(), _comment.id.desc())),
        (Sort.best, (_comment.likes.desc(), _comment.created_at, _comment.id)),
    )
    for pinned, which in ((True, _FIRST), (False, (~and_(*_FIRST),)))
}
_ANSWERS: Final = _COMMENTS.where(_comment.depth > 0).order_by(_comment.created_at, _comment.id)
_BELOW: Final = _ANSWERS.where(_comment.root_id == bindparam("root")).limit(_MOST)
_BELOW_MANY: Final = _ANSWERS.where(_comment.root_id.in_(bindparam("roots", expanding=True)))
_LIKERS: Final = (
    select(*(_person[name] for name in PersonRow._fields))
    .select_from(PageLike.__table__)
    .join(Person.__table__, PageLike.__table__.c.person_id == _person.id)
    .where(PageLike.__table__.c.page_id == bindparam("page"), PageLike.__table__.c.known.is_(True))
    .order_by(PageLike.__table__.c.created_at.desc(), _person.id)
    .limit(_MOST_LIKERS)
)


def thread(
    db: Session,
    site: Site,
    page: Page | None,
    *,
    now: datetime,
    sort: Sort = Sort.oldest,
    after: str | None = None,
) -> dict[str, Any]:
    """Return a slice of a page's thread in the API's form: parents before answers, at most 100.

    Args:
        page: None for a page nobody has commented on; its thread is empty.
        after: where the former slice ended, from a stranger.

    Raises:
        Refused: when ``after`` is no place in this thread.
    """
    if page is None:
        nothing: dict[str, Any] = {
            "site": site.key,
            "page": None,
            "count": 0,
            "revision": 0,
            "next": None,
            "comments": [],
        }
        return nothing | _unusual(site.policy)
    rows = _rows(db, page, sort, after)
    shown = rows[:SLICE]
    return {
        "site": site.key,
        "page": page_json(page, site.policy, now) | {"likers": _likers(db, page)},
        "count": page.approved,
        "revision": page.revision,
        "next": _place(db, shown[-1]) if len(rows) > SLICE else None,
        "comments": [comment_json(row) for row in shown],
    } | _unusual(site.policy)


def _unusual(policy: Policy) -> dict[str, Any]:
    """Return how a site wants its threads shown where it is not as most do, who need not be told."""
    known = known_options(Policy)
    shown = {name: getattr(policy, name) for name in ("likes", "theme", "max_depth")}
    return {name: value for name, value in shown.items() if value != known[name].default}


def _likers(db: Session, page: Page) -> list[dict[str, Any]]:
    """Return the newest of those who like a page and whom readers may know."""
    if page.likes == 0:
        return []
    found = (person_json(PersonRow._make(row)) for row in db.execute(_LIKERS, {"page": page.id}))
    return [{name: shown[name] for name in ("id", "name", "avatar")} for shown in found]


def _rows(db: Session, page: Page, sort: Sort, after: str | None) -> list[Shown]:
    """Return up to one more than a slice, so that one sees whether there is more."""
    wanted = SLICE + 1
    rows: list[Shown] = []
    place = _read_place(db, page, after) if after else None
    if place:
        last, below = place.last, _BELOW
        if last.depth:
            below = below.where(tuple_(_comment.created_at, _comment.id) > tuple_(last.created_at, last.id))
        rows += _read(db, below, page, root=place.root.id, most=wanted)
    for pinned in (False,) if place and not place.pinned else (True, False):
        if len(rows) >= wanted:
            break
        roots = _ROOTS[sort, pinned]
        if place and place.pinned is pinned:
            roots = roots.where(_beyond(sort, place))
        found = _read(db, roots, page, most=wanted - len(rows))
        rows += _with_answers(db, page, found, wanted - len(rows))
    return rows[:wanted]


def _with_answers(db: Session, page: Page, roots: Sequence[Shown], wanted: int) -> list[Shown]:
    # How many answers a root has is kept in a column, so it is known beforehand how many roots fill the slice.
    whole: list[str] = []
    room, partial = wanted, None
    for root in roots:
        if room <= 0:
            break
        if 1 + root.comment.below > room:
            partial = root.comment.id
        elif root.comment.below:
            whole.append(root.comment.id)
        room -= 1 + root.comment.below
    found = _read(db, _BELOW_MANY, page, roots=whole) if whole else []
    if partial:
        found += _read(db, _BELOW, page, root=partial, most=wanted)
    answers: dict[str, list[Shown]] = {}
    for row in found:
        answers.setdefault(row.comment.root_id, []).append(row)
    return [row for root in roots for row in (root, *answers.get(root.comment.id, ()))]


def _read(db: Session, query: Select[Any], page: Page, **values: Any) -> list[Shown]:
    rows = db.execute(query, {"page": page.id} | values)
    return [
        Shown(
            comment=CommentRow._make(row[:_TO_PERSON]),
            person=PersonRow._make(row[_TO_PERSON:_TO_VERSION]),
            version=None if row[_TO_VERSION] is None else VersionRow._make(row[_TO_VERSION:]),
        )
        for row in rows
    ]


def _beyond(sort: Sort, place: _Place) -> ColumnElement[bool]:
    key, there = tuple_(_comment.created_at, _comment.id), tuple_(place.root.created_at, place.root.id)
    if sort is Sort.newest:
        return key < there
    if sort is Sort.best:
        return or_(_comment.likes < place.likes, and_(_comment.likes == place.likes, key > there))
    return key > there


def _place(db: Session, last: Shown) -> str:
    root = last.comment if last.comment.depth == 0 else db.get_one(Comment, last.comment.root_id)
    pinned = _PINNED if root.pinned and root.shown is not None else ""
    return f"{pinned}{root.likes}~{last.comment.id}"


def _read_place(db: Session, page: Page, after: str) -> _Place:
    pinned, (likes, _, comment_id) = after.startswith(_PINNED), after.removeprefix(_PINNED).partition("~")
    comment = db.get(Comment, comment_id)
    if not (likes.isascii() and likes.isdigit() and len(likes) < 10) or comment is None or comment.page_id != page.id:
        raise Refused("after: is not a place in this thread.", field="after")
    root = comment if comment.depth == 0 else db.get_one(Comment, comment.root_id)
    return _Place(last=comment, root=root, pinned=pinned, likes=int(likes))
