"""The approved comments of a page, in the order they are read, a slice at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.publishing.shape import Shown, comment_json, page_json, person_json
from moderation.records import Comment, Page, PageLike, Person, Site, Version

SLICE = 100
_LIKERS = 20
_PINNED = "p"


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
        return nothing | _without_likes(site)
    rows = _rows(db, page, sort, after)
    shown = rows[:SLICE]
    return {
        "site": site.key,
        "page": page_json(page, site.policy, now) | {"likers": _likers(db, page)},
        "count": page.approved,
        "revision": page.revision,
        "next": _place(db, shown[-1]) if len(rows) > SLICE else None,
        "comments": [comment_json(row) for row in shown],
    } | _without_likes(site)


def _without_likes(site: Site) -> dict[str, Any]:
    # Most have them, and need not be told.
    return {} if site.policy.likes else {"likes": False}


def _likers(db: Session, page: Page) -> list[dict[str, Any]]:
    """Return the newest of those who like a page and whom readers may know."""
    query = (
        select(Person)
        .join(PageLike, PageLike.person_id == Person.id)
        .where(PageLike.page_id == page.id, PageLike.known.is_(True))
        .order_by(PageLike.created_at.desc(), Person.id)
        .limit(_LIKERS)
    )
    return [{name: shown[name] for name in ("id", "name", "avatar")} for shown in map(person_json, db.scalars(query))]


def _rows(db: Session, page: Page, sort: Sort, after: str | None) -> list[Shown]:
    """Return up to one more than a slice, so that one sees whether there is more."""
    wanted = SLICE + 1
    rows: list[Shown] = []
    place = _read_place(db, page, after) if after else None
    if place:
        last = place.last
        below = _answers(page).where(Comment.root_id == place.root.id)
        if last.depth:
            below = below.where(tuple_(Comment.created_at, Comment.id) > tuple_(last.created_at, last.id))
        rows += _read(db, below.limit(wanted))
    for pinned in (False,) if place and not place.pinned else (True, False):
        if len(rows) >= wanted:
            break
        roots = _roots(page, pinned=pinned).order_by(*_order(sort)).limit(wanted - len(rows))
        if place and place.pinned is pinned:
            roots = roots.where(_beyond(sort, place))
        rows += _with_answers(db, page, _read(db, roots), wanted - len(rows))
    return rows[:wanted]


def _with_answers(db: Session, page: Page, roots: Sequence[Shown], wanted: int) -> list[Shown]:
    # How many answers a root has is kept in a column, so it is known beforehand how many roots fill the slice.
    whole: list[str] = []
    room, partial = wanted, None
    for root in roots:
        if room <= 0:
            break
        if 1 + root.comment.below <= room:
            whole.append(root.comment.id)
        else:
            partial = root.comment.id
        room -= 1 + root.comment.below
    answers: dict[str, list[Shown]] = {}
    queries = [_answers(page).where(Comment.root_id.in_(whole))] if whole else []
    if partial:
        queries.append(_answers(page).where(Comment.root_id == partial).limit(wanted))
    for query in queries:
        for row in _read(db, query):
            answers.setdefault(row.comment.root_id, []).append(row)
    return [row for root in roots for row in (root, *answers.get(root.comment.id, ()))]


def _comments(page: Page) -> Select[Comment, Person, Version]:
    # An unapproved comment has nothing shown, so it comes without a version: its text never leaves the database.
    shown = and_(Version.comment_id == Comment.id, Version.number == Comment.shown)
    return (
        select(Comment, Person, Version)
        .join(Person, Person.id == Comment.person_id)
        .outerjoin(Version, shown)
        .where(Comment.page_id == page.id, Comment.visible.is_(True))
    )


def _roots(page: Page, *, pinned: bool) -> Select[Comment, Person, Version]:
    # What is kept only for the answers below stands at its own place.
    first = Comment.pinned.is_(True), Comment.shown.is_not(None)
    return _comments(page).where(Comment.depth == 0, *(first if pinned else (~and_(*first),)))


def _answers(page: Page) -> Select[Comment, Person, Version]:
    return _comments(page).where(Comment.depth > 0).order_by(Comment.created_at, Comment.id)


def _read(db: Session, query: Select[Comment, Person, Version]) -> list[Shown]:
    return [Shown(comment=comment, person=person, version=version) for comment, person, version in db.execute(query)]


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    if sort is Sort.newest:
        return Comment.created_at.desc(), Comment.id.desc()
    if sort is Sort.best:
        return Comment.likes.desc(), Comment.created_at.asc(), Comment.id.asc()
    return Comment.created_at.asc(), Comment.id.asc()


def _beyond(sort: Sort, place: _Place) -> ColumnElement[bool]:
    key, there = tuple_(Comment.created_at, Comment.id), tuple_(place.root.created_at, place.root.id)
    if sort is Sort.newest:
        return key < there
    if sort is Sort.best:
        return or_(Comment.likes < place.likes, and_(Comment.likes == place.likes, key > there))
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
