"""The history in words: who did what to whom, when and why, and whether it can be taken back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from moderation.records import Action, Comment, DecidedBy, Decision, Moderator, Page, Person, Site, Status
from moderation.review.act import kinds
from moderation.review.undo import decided_by
from moderation.web.words import plural

_DID: Final = {
    Status.approved: ("approved", ""),
    Status.rejected: ("rejected", ""),
    Status.spam: ("marked", "as spam"),
    Status.waiting: ("put", "back to waiting"),
    Status.withdrawn: ("withdrew", ""),
}
_OTHERS: Final = {
    DecidedBy.moderator: "A former moderator",
    DecidedBy.screening: "The screening",
    DecidedBy.writer: "The writer",
    DecidedBy.importer: "The import",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of the history.

    Args:
        id: of the action or decision.
        did, then: what was done; the subject stands between them.
        address: where the subject is, on the dashboard.
        told: the reason was meant for the writer.
        can_undo: nothing came after it.
    """

    id: str
    who: str
    did: str
    subject: str
    address: str | None
    then: str
    why: str
    told: bool
    at: datetime
    undoes: bool
    can_undo: bool


def lines(db: Session, entries: Sequence[Action | Decision], *, viewer: Moderator) -> tuple[Line, ...]:
    """Return entries of the history as their viewer reads them."""
    actions = [entry for entry in entries if isinstance(entry, Action)]
    decisions = [entry for entry in entries if isinstance(entry, Decision)]
    names = _names(db, {entry.moderator_id for entry in entries}, viewer)
    subjects = _subjects(db, {action.subject_id for action in actions} | {one.comment_id for one in decisions})
    numbers = decided_by(db, {action.id for action in actions})
    undone = set(db.scalars(select(Action.undoes_id).where(Action.undoes_id.in_([action.id for action in actions]))))
    newest = _newest(db, {decision.comment_id for decision in decisions})
    found: list[Line] = []
    for entry in entries:
        if isinstance(entry, Action):
            found.append(_of_action(entry, names, subjects, numbers.get(entry.id, 0), can_undo=entry.id not in undone))
        else:
            found.append(_of_decision(entry, names, subjects, can_undo=entry.version == newest[entry.comment_id]))
    return tuple(found)


def name_of(db: Session, moderator_id: str | None) -> str:
    """Return what a moderator is called, in the middle of a sentence."""
    moderator = db.get(Moderator, moderator_id) if moderator_id else None
    return moderator.name if moderator else "a former moderator"


def _of_action(
    action: Action, names: dict[str, str], subjects: dict[str, tuple[str, str | None]], number: int, *, can_undo: bool
) -> Line:
    kind, gone = kinds()[action.kind], ("what was deleted since", None)
    subject, address = subjects.get(action.subject_id, gone)
    told = kind.tell(action.before, action.after)
    did, then = (told, "") if isinstance(told, str) else told
    if number and kind.subject == "site":
        subject, then = plural(number, "comment"), f"{then} on {subject}".strip()
    elif number and kind.name != "answer" and kind.name != "edit":
        then = f"{then} with {plural(number, 'comment')}".strip()
    return Line(
        id=action.id,
        who=names.get(action.moderator_id or "", _OTHERS[DecidedBy.moderator]),
        did=did,
        subject=subject,
        address=address,
        then=then,
        why=action.reason,
        told=action.kind == "ask_changes",
        at=action.created_at,
        undoes=action.undoes_id is not None,
        can_undo=can_undo,
    )


def _of_decision(
    decision: Decision, names: dict[str, str], subjects: dict[str, tuple[str, str | None]], *, can_undo: bool
) -> Line:
    subject, address = subjects.get(decision.comment_id, ("", None))
    again = decision.before is decision.after is Status.approved
    did, then = ("approved the newest text of", "") if again else _DID[decision.after]
    return Line(
        id=decision.id,
        who=names.get(decision.moderator_id or "", _OTHERS[decision.by]),
        did=did,
        subject=subject,
        address=address,
        then=then,
        why=decision.reason,
        told=decision.told,
        at=decision.created_at,
        undoes=decision.undoes_id is not None,
        can_undo=can_undo and decision.by is not DecidedBy.writer,
    )


def _names(db: Session, ids: Collection[str | None], viewer: Moderator) -> dict[str, str]:
    query = select(Moderator.id, Moderator.name).where(Moderator.id.in_({one for one in ids if one}))
    return {row.id: row.name for row in db.execute(query)} | {viewer.id: "You"}


def _subjects(db: Session, ids: set[str]) -> dict[str, tuple[str, str | None]]:
    """Return what things are called, and where they are."""
    found: dict[str, tuple[str, str | None]] = {}
    for site in db.scalars(select(Site).where(Site.id.in_(ids))):
        found[site.id] = (site.name, None)
    comments = select(Comment).where(Comment.id.in_(ids)).options(joinedload(Comment.person))
    for comment in db.scalars(comments):
        address = url_for("dashboard.comment.show", comment_id=comment.id)
        found[comment.id] = (f"a comment by {comment.person.name}", address)
    for person in db.scalars(select(Person).where(Person.id.in_(ids))):
        found[person.id] = (person.name, url_for("dashboard.person.show", person_id=person.id))
    for page in db.scalars(select(Page).where(Page.id.in_(ids))):
        found[page.id] = (f"the page {page.title or page.key}", None)
    return found


def _newest(db: Session, ids: set[str]) -> dict[str, int]:
    query = select(Decision.comment_id, func.max(Decision.version)).where(Decision.comment_id.in_(ids))
    return {comment_id: version for comment_id, version in db.execute(query.group_by(Decision.comment_id))}  # noqa: C416
