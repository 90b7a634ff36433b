"""What a moderator looks through: comments of a status, with all one needs to decide."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Missing, Refused
from moderation.records import Comment, Decision, Finding, Report, Site, Status, Version


class Tab(StrEnum):
    """What a moderator looks through: the comments of a status, or those that readers reported."""

    waiting = Status.waiting.value
    reported = "reported"
    approved = Status.approved.value
    rejected = Status.rejected.value
    spam = Status.spam.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A comment in a queue. ``version`` is its newest text; ``approved_before`` and the like count the person's
    others; ``reports`` are the open ones."""

    comment: Comment
    version: Version
    parent: Comment | None
    parent_html: str | None
    findings: tuple[Finding, ...]
    approved_before: int
    rejected_before: int
    last_decision: Decision | None
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of a queue. ``next`` is where the following slice begins, None at the end."""

    items: tuple[Waiting, ...]
    next: str | None


def queue(
    db: Session,
    *,
    site_ids: Collection[str],
    status: Status | Tab,
    after: str | None = None,
    limit: int = 50,
    newest_first: bool = False,
) -> Slice:
    """Return a slice of the comments of a status, oldest first unless asked otherwise.

    Raises:
        Refused: when ``after``, from a stranger, is no place in a queue.
    """
    key = tuple_(Comment.created_at, Comment.id)
    query = select(Comment).where(Comment.site_id.in_(site_ids), _of(status))
    if after:
        start = tuple_(*_place(after))
        query = query.where(key < start if newest_first else key > start)
    order = (Comment.created_at.desc(), Comment.id.desc()) if newest_first else (Comment.created_at, Comment.id)
    query = query.order_by(*order).limit(limit + 1).options(joinedload(Comment.page), joinedload(Comment.person))
    comments = db.scalars(query).all()
    following = comments[limit - 1] if len(comments) > limit else None
    return Slice(
        items=_with_context(db, comments[:limit]),
        next=f"{following.created_at.isoformat()}~{following.id}" if following else None,
    )


def look(db: Session, comment_id: str, *, site_ids: Collection[str]) -> Waiting:
    """Return one comment of these sites, whatever its status, with the same context.

    Raises:
        Missing: there is none.
    """
    query = select(Comment).where(Comment.id == comment_id, Comment.site_id.in_(site_ids))
    comment = db.scalar(query.options(joinedload(Comment.page), joinedload(Comment.person)))
    if comment is None:
        raise Missing("There is no such comment.")
    (waiting,) = _with_context(db, (comment,))
    return waiting


def counts(db: Session, site_ids: Collection[str]) -> dict[Status | Tab, int]:
    """Return how many comments of these sites stand where; approved ones whose edit waits count as waiting too."""
    query = select(Comment.status, func.count()).where(Comment.site_id.in_(site_ids)).group_by(Comment.status)
    found: dict[Status | Tab, int] = dict.fromkeys(Status, 0)
    found.update({status: number for status, number in db.execute(query)})  # noqa: C416
    awaiting = select(func.count()).where(Comment.site_id.in_(site_ids), Comment.awaits.is_(True))
    reported = select(func.count()).where(Comment.site_id.in_(site_ids), Comment.reported > 0)
    found[Status.waiting], found[Tab.reported] = db.scalar(awaiting) or 0, db.scalar(reported) or 0
    return found


def sizes(db: Session) -> dict[str, int]:
    """Return how many comments wait, by the key of each site."""
    waiting = select(Comment.site_id, func.count().label("number")).where(Comment.status == Status.waiting)
    counted = waiting.group_by(Comment.site_id).subquery()
    query = select(Site.key, func.coalesce(counted.c.number, 0)).outerjoin(counted, counted.c.site_id == Site.id)
    return {row[0]: row[1] for row in db.execute(query)}


def _of(status: Status | Tab) -> ColumnElement[bool]:
    if status == Tab.reported:
        return Comment.reported > 0
    return Comment.awaits.is_(True) if status == Status.waiting else Comment.status == Status(status)


def _place(after: str) -> tuple[datetime, str]:
    moment, _, comment_id = after.partition("~")
    try:
        created_at = datetime.fromisoformat(moment)
    except ValueError:
        created_at = None
    if created_at is None or created_at.tzinfo is None or not (comment_id.isascii() and comment_id.isidentifier()):
        raise Refused("after: is not a place in the queue.", field="after")
    return created_at, comment_id


def _with_context(db: Session, comments: Sequence[Comment]) -> tuple[Waiting, ...]:
    ids = [comment.id for comment in comments]
    newest = {
        version.comment_id: version
        for version in db.scalars(
            select(Version)
            .join(Comment, Comment.id == Version.comment_id)
            .where(Version.comment_id.in_(ids), Version.number == Comment.latest)
        )
    }
    findings: dict[str, list[Finding]] = {}
    for finding in db.scalars(
        select(Finding)
        .join(Comment, Comment.id == Finding.comment_id)
        .where(Finding.comment_id.in_(ids), Finding.number == Comment.latest)
        .order_by(Finding.id)
    ):
        findings.setdefault(finding.comment_id, []).append(finding)
    decisions: dict[str, Decision] = {}
    for decision in db.scalars(select(Decision).where(Decision.comment_id.in_(ids)).order_by(Decision.version)):
        decisions[decision.comment_id] = decision
    reports: dict[str, list[Report]] = {}
    reported = [comment.id for comment in comments if comment.reported]
    open_still = select(Report).where(Report.comment_id.in_(reported), Report.decision_id.is_(None))
    for report in db.scalars(open_still.order_by(Report.id)) if reported else ():
        reports.setdefault(report.comment_id, []).append(report)
    parents = _parents(db, comments)
    standing = _standing(db, comments)
    return tuple(
        Waiting(
            comment=comment,
            version=newest[comment.id],
            parent=parents[comment.parent_id][0] if comment.parent_id else None,
            parent_html=parents[comment.parent_id][1] if comment.parent_id else None,
            findings=tuple(findings.get(comment.id, ())),
            approved_before=standing.get((comment.person_id, Status.approved), 0) - (comment.status is Status.approved),
            rejected_before=standing.get((comment.person_id, Status.rejected), 0) - (comment.status is Status.rejected),
            last_decision=decisions.get(comment.id),
            reports=tuple(reports.get(comment.id, ())),
        )
        for comment in comments
    )


def _parents(db: Session, comments: Sequence[Comment]) -> dict[str, tuple[Comment, str]]:
    ids = {comment.parent_id for comment in comments if comment.parent_id}
    query = (
        select(Comment, Version.html)
        .join(Version, (Version.comment_id == Comment.id) & (Version.number == Comment.latest))
        .where(Comment.id.in_(ids))
        .options(joinedload(Comment.person))
    )
    return {parent.id: (parent, html) for parent, html in db.execute(query)}


def _standing(db: Session, comments: Sequence[Comment]) -> dict[tuple[str, Status], int]:
    people = {comment.person_id for comment in comments}
    query = (
        select(Comment.person_id, Comment.status, func.count())
        .where(Comment.person_id.in_(people))
        .group_by(Comment.person_id, Comment.status)
    )
    return {(person_id, status): number for person_id, status, number in db.execute(query)}
