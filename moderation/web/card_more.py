"""What a card offers beside its three buttons, and tells beside its comment: a diff, notes, changes asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from moderation.foundation.difference import Piece, differences
from moderation.records import Action, Comment, Moderator, Status, Version
from moderation.review.notes import count_notes
from moderation.review.queue import Waiting
from moderation.web.words import ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """An entry of the menu: a form that opens (``form`` names its page), or a button (``do``, see dashboard/act)."""

    label: str
    key: str
    form: str | None = None
    do: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is told beside a comment. ``diff`` leads from the text that readers see, or else from the one before."""

    diff: tuple[Piece, ...]
    asked: str | None
    notes: int


def doings(item: Waiting) -> tuple[Doing, ...]:
    """Return what can be done with a comment beside deciding, in the order of the menu."""
    comment, person = item.comment, item.comment.person
    if comment.status is Status.withdrawn:
        return ()
    seen = comment.status is Status.approved
    found = [Doing(label="Answer" if seen and not comment.edit_waits else "Approve and answer", key="A", form="answer")]
    if comment.status is not Status.rejected:
        found.append(Doing(label="Reject with a reason", key="R", form="reject"))
    found.append(Doing(label="Edit", key="e", form="edit"))
    if person.email and comment.status in (Status.waiting, Status.approved):
        found.append(Doing(label="Ask for changes", key="c", form="ask_changes"))
    if comment.pinned:
        found.append(Doing(label="Unpin", key="p", do="unpin"))
    elif seen and comment.depth == 0:
        found.append(Doing(label="Pin", key="p", do="pin"))
    if person.trusted_at is not None:
        found.append(Doing(label="Stop trusting the writer", key="t", do="distrust"))
    elif person.issuer is not None:
        found.append(Doing(label="Trust the writer", key="t", do="trust"))
    found.append(Doing(label="Ban the writer", key="b", form="ban"))
    closed = comment.page.closed_at is not None
    found.append(
        Doing(label="Open the page again" if closed else "Close the page", key="o", do="open" if closed else "close")
    )
    return tuple(found)


def beside_of(db: Session, items: Sequence[Waiting], *, viewer: Moderator, now: datetime) -> dict[str, Beside]:
    """Return what is told beside each of these comments, by their ids."""
    notes = count_notes(db, {item.comment.person_id for item in items})
    asked, texts = _asked(db, items, viewer, now), _texts_before(db, items)
    found = {}
    for item in items:
        before = texts.get(item.comment.id)
        shows = before is not None and item.comment.awaits
        diff = differences(before or "", item.version.body) if shows else ()
        number = notes.get(item.comment.person_id, 0)
        found[item.comment.id] = Beside(diff=diff, asked=asked.get(item.comment.id), notes=number)
    return found


def _texts_before(db: Session, items: Sequence[Waiting]) -> dict[str, str]:
    """Return what readers see of comments whose edit waits, and the former text of edited ones that wait."""
    found: dict[str, str] = {}
    edited = [item.comment for item in items if item.version.number > 1 and item.comment.awaits]
    if not edited:
        return found
    query = select(Version).where(Version.comment_id.in_([comment.id for comment in edited]))
    comments = {comment.id: comment for comment in edited}
    for version in db.scalars(query.order_by(Version.number)):
        comment = comments[version.comment_id]
        wanted = version.number == comment.shown if comment.shown else version.number < comment.latest
        if wanted:
            found[comment.id] = version.body
    return found


def _asked(db: Session, items: Sequence[Waiting], viewer: Moderator, now: datetime) -> dict[str, str]:
    """Return the sentence about changes that are asked for and have not come."""
    standing: dict[str, Comment] = {item.comment.id: item.comment for item in items}
    later = aliased(Action)
    query = select(Action).where(Action.subject_id.in_(standing), Action.kind == "ask_changes")
    query = query.where(Action.undoes_id.is_(None), ~select(later.id).where(later.undoes_id == Action.id).exists())
    found = {}
    for action in db.scalars(query.order_by(Action.created_at)):
        if action.after.get("text") == standing[action.subject_id].latest:
            who = "You" if action.moderator_id == viewer.id else "A moderator"
            found[action.subject_id] = f"{who} asked for changes {ago(action.created_at, now)}: {action.reason}"
    return found
