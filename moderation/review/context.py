"""A comment with all that a moderator needs to decide: its text, what it answers, who wrote it, what was noticed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from moderation.foundation.errors import Missing
from moderation.records import Comment, Decision, Finding, Person, Report, Status, Version

# Whoever wrote more than that is known well enough.
COUNTED_TO: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A comment in a queue. ``version`` is its newest text; ``approved_before`` and the like count the person's
    others, up to ``COUNTED_TO``; ``reports`` are the open ones."""

    comment: Comment
    version: Version
    parent: Comment | None
    parent_html: str | None
    findings: tuple[Finding, ...]
    approved_before: int
    rejected_before: int
    last_decision: Decision | None
    reports: tuple[Report, ...] = ()


def look(db: Session, comment_id: str, *, site_ids: Collection[str]) -> Waiting:
    """Return one comment of these sites, whatever its status, with its context.

    Raises:
        Missing: there is none.
    """
    query = select(Comment).where(Comment.id == comment_id, Comment.site_id.in_(site_ids))
    comment = db.scalar(query.options(joinedload(Comment.page), joinedload(Comment.person)))
    if comment is None:
        raise Missing("There is no such comment.")
    (waiting,) = with_context(db, (comment,))
    return waiting


def with_context(db: Session, comments: Sequence[Comment]) -> tuple[Waiting, ...]:
    """Return comments with their context, in the same order."""
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
            approved_before=standing[comment.person_id][0] - (comment.status is Status.approved),
            rejected_before=standing[comment.person_id][1] - (comment.status is Status.rejected),
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


def _standing(db: Session, comments: Sequence[Comment]) -> dict[str, tuple[int, int]]:
    """Return how many comments of each writer are approved and how many rejected."""
    people = {comment.person_id for comment in comments}
    query = select(Person.id, _number(Status.approved), _number(Status.rejected)).where(Person.id.in_(people))
    return {person_id: (approved, rejected) for person_id, approved, rejected in db.execute(query)}


def _number(status: Status) -> ColumnElement[int]:
    some = select(Comment.status).where(Comment.person_id == Person.id, Comment.status == status)
    limited = some.correlate(Person).limit(COUNTED_TO + 1).subquery()
    return select(func.count()).select_from(limited).scalar_subquery()
