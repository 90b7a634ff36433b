"""What was done and decided, in one list: by whom, when, why; the newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from moderation.foundation.errors import Refused
from moderation.records import Action, Comment, DecidedBy, Decision, Status

AT_ONCE: Final = 50


class Who(StrEnum):
    """Whose doings are looked for, where it is no moderator in particular."""

    moderators = "moderators"
    screening = DecidedBy.screening.value
    writer = DecidedBy.writer.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the history is wanted.

    Args:
        site_ids: of which sites.
        comment_id: what concerns one comment.
        person_id: what concerns one person: their standing, and all their comments.
        who: a moderator's id, or one of ``Who``.
        kind: a kind of action, or a status that was decided.
        after: where a former slice ended; from a stranger.
    """

    site_ids: Collection[str]
    comment_id: str | None = None
    person_id: str | None = None
    who: str | None = None
    kind: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A slice of the history. ``next`` is where the following one begins, None at the end."""

    entries: tuple[Action | Decision, ...]
    next: str | None


def history(db: Session, asked: Asked, *, limit: int = AT_ONCE) -> Past:
    """Return a slice of the history.

    A decision that came of an action is left to the action's own line, except where one looks at what it decided about
    and not at what was acted on.

    Raises:
        Refused: ``after`` is no place in the history.
    """
    found: list[Action | Decision] = []
    decided, done = _decisions(asked), _actions(asked)
    if decided is not None:
        found += db.scalars(_slice(decided, Decision.created_at, Decision.id, asked.after, limit))
    if done is not None:
        found += db.scalars(_slice(done, Action.created_at, Action.id, asked.after, limit))
    found.sort(key=lambda entry: (entry.created_at, entry.id), reverse=True)
    last = found[limit - 1] if len(found) > limit else None
    following = f"{last.created_at.isoformat()}~{last.id}" if last else None
    return Past(entries=tuple(found[:limit]), next=following)


def _decisions(asked: Asked) -> Select[Decision] | None:
    query = select(Decision).where(Decision.site_id.in_(asked.site_ids))
    if asked.kind is not None:
        if asked.kind not in set(Status):
            return None
        query = query.where(Decision.after == Status(asked.kind))
    if asked.who == Who.moderators:
        query = query.where(Decision.by == DecidedBy.moderator)
    elif asked.who in (Who.screening, Who.writer):
        query = query.where(Decision.by == DecidedBy(asked.who))
    elif asked.who is not None:
        query = query.where(Decision.moderator_id == asked.who)
    if asked.comment_id is not None:
        query = query.where(Decision.comment_id == asked.comment_id)
    elif asked.person_id is not None:
        query = query.where(Decision.comment_id.in_(_comments_of(asked.person_id)))
    told = select(Action.id).where(Action.id == Decision.action_id, *_about(asked)).exists()
    return query.where(or_(Decision.action_id.is_(None), ~told))


def _actions(asked: Asked) -> Select[Action] | None:
    if asked.who in (Who.screening, Who.writer) or (asked.kind is not None and asked.kind in set(Status)):
        return None
    query = select(Action).where(Action.site_id.in_(asked.site_ids), *_about(asked))
    if asked.kind is not None:
        query = query.where(Action.kind == asked.kind)
    if asked.who is not None and asked.who != Who.moderators:
        query = query.where(Action.moderator_id == asked.who)
    return query


def _about(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    if asked.comment_id is not None:
        return (Action.subject_id == asked.comment_id,)
    if asked.person_id is not None:
        return (or_(Action.subject_id == asked.person_id, Action.subject_id.in_(_comments_of(asked.person_id))),)
    return ()


def _comments_of(person_id: str) -> Select[str]:
    return select(Comment.id).where(Comment.person_id == person_id)


def _slice(
    query: Select[Any],
    moment: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[str],
    after: str | None,
    limit: int,
) -> Select[Any]:
    if after:
        query = query.where(tuple_(moment, key) < tuple_(*_place(after)))
    return query.order_by(moment.desc(), key.desc()).limit(limit + 1)


def _place(after: str) -> tuple[datetime, str]:
    moment, _, key = after.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not (key.isascii() and key.isidentifier()):
        raise Refused("after: is not a place in the history.", field="after")
    return at, key
