"""A comment as a moderator sees it: who, where, what, why it waits, and what can be done."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.difference import Piece
from moderation.publishing.markup import plain
from moderation.records import (
    Comment,
    DecidedBy,
    Decision,
    Finding,
    Moderate,
    Moderator,
    ProviderKeys,
    Status,
    Version,
)
from moderation.review.context import COUNTED_TO
from moderation.review.queue import Tab, Waiting
from moderation.screening.screen import POLICY
from moderation.web.card_more import Beside, Doing, beside_of, doings
from moderation.web.words import ago, counted, excerpt

TONES: Final = 6
# Of more comments by a person nobody needs the exact number.
KNOWN_BY: Final = COUNTED_TO - 1
TABS: Final = {
    Tab.waiting: "Waiting",
    Tab.reported: "Reported",
    Tab.approved: "Approved",
    Tab.rejected: "Rejected",
    Tab.spam: "Spam",
    Tab.all: "All",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A button: what it does to the comment, what it says, and its key on the keyboard."""

    status: Status
    label: str
    key: str


MOVES: Final = (
    Move(status=Status.approved, label="Approve", key="a"),
    Move(status=Status.rejected, label="Reject", key="r"),
    Move(status=Status.spam, label="Spam", key="s"),
    Move(status=Status.waiting, label="Back to waiting", key="w"),
)
_DID: Final = {
    Status.approved: "approved this",
    Status.rejected: "rejected this",
    Status.spam: "marked this as spam",
    Status.waiting: "put this back to waiting",
    Status.withdrawn: "withdrew this",
}
_OTHERS: Final = {
    DecidedBy.moderator: "A former moderator",
    DecidedBy.screening: "The screening",
    DecidedBy.writer: "The writer",
    DecidedBy.importer: "The import",
}
_POLICY: Final = {
    Moderate.all: "Every comment on this site waits for you.",
    Moderate.first_timers: "It is the writer’s first comment here.",
    Moderate.untrusted: "You have not said yet that you trust this writer.",
    Moderate.none: "It was put here by hand.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What one rule noticed, what the comment would have needed to pass it, and where the rule is set."""

    sentence: str
    needed: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One comment, ready for its template. ``html`` and ``former`` were sanitised when they were written."""

    id: str
    seen: int
    status: Status
    html: Markup
    former: Markup | None
    name: str
    initial: str
    tone: int
    way: str
    email: str | None
    email_verified: bool
    website: str | None
    standing: str
    site: str
    site_key: str
    page_title: str
    page_url: str
    page_id: str
    writer_id: str
    raw: str
    parent_name: str | None
    parent_text: str | None
    why: tuple[Why, ...]
    reports: tuple[str, ...]
    written: str
    written_at: datetime
    edited: str | None
    decided: str | None
    moves: tuple[Move, ...]
    more: tuple[Doing, ...]
    person_id: str
    trusted: bool
    pinned: bool
    by_moderator: bool
    diff: tuple[Piece, ...]
    asked: str | None
    notes: int


def cards(db: Session, items: Sequence[Waiting], *, viewer: Moderator, now: datetime) -> tuple[Card, ...]:
    """Return comments of a queue as its viewer sees them."""
    ids = {item.last_decision.moderator_id for item in items if item.last_decision}
    names = _names(db, ids, viewer)
    ways = dict(db.execute(select(ProviderKeys.name, ProviderKeys.label)).all())
    former, beside = _former(db, items), beside_of(db, items, viewer=viewer, now=now)
    return tuple(
        _card(item, names=names, ways=ways, former=former.get(item.comment.id), beside=beside[item.comment.id], now=now)
        for item in items
    )


def decided_by(db: Session, decision: Decision, *, viewer: Moderator, now: datetime) -> str:
    """Return who decided what, when and why, as a sentence without its full stop."""
    return _told(decision, _names(db, {decision.moderator_id}, viewer), now)


def _names(db: Session, ids: set[str | None], viewer: Moderator) -> dict[str, str]:
    names = select(Moderator.id, Moderator.name).where(Moderator.id.in_(ids - {None}))
    return dict(db.execute(names).all()) | {viewer.id: "You"}


def _told(decision: Decision, names: dict[str, str], now: datetime) -> str:
    who = names.get(decision.moderator_id or "") or _OTHERS[decision.by]
    reason = f", because: {decision.reason}" if decision.reason else ""
    return f"{who} {_DID[decision.after]} {ago(decision.created_at, now)}{reason}"


def _card(
    item: Waiting, *, names: dict[str, str], ways: dict[str, str], former: str | None, beside: Beside, now: datetime
) -> Card:
    comment, person, page = item.comment, item.comment.person, item.comment.page
    edited = item.version.number > 1
    return Card(
        id=comment.id,
        seen=comment.version,
        status=comment.status,
        html=Markup(item.version.html),  # noqa: S704 - sanitised when it was written
        former=Markup(former) if former else None,  # noqa: S704 - the same
        name=person.name,
        initial=person.name[:1].upper(),
        tone=hashlib.sha256(person.id.encode()).digest()[0] % TONES + 1,
        way="guest" if person.is_guest else f"via {ways.get(person.provider, person.provider.capitalize())}",
        email=person.email,
        email_verified=person.email_verified,
        website=person.url,
        standing=_standing(item),
        site=page.site.name,
        site_key=page.site.key,
        page_title=page.title or page.key,
        page_url=page.url,
        page_id=page.id,
        writer_id=person.id,
        raw=item.version.body,
        parent_name=item.parent.person.name if item.parent else None,
        parent_text=excerpt(plain(item.parent_html)) if item.parent_html else None,
        why=_why(item),
        reports=tuple(f"“{report.reason}”" if report.reason else "No reason given." for report in item.reports),
        written=ago(comment.created_at, now),
        written_at=comment.created_at,
        edited=ago(item.version.created_at, now) if edited else None,
        decided=_told(item.last_decision, names, now) if item.last_decision else None,
        moves=tuple(move for move in MOVES if _makes_sense(move, item)),
        more=doings(item),
        person_id=person.id,
        trusted=person.trusted_at is not None,
        pinned=comment.pinned,
        by_moderator=item.version.moderator_id is not None,
        diff=beside.diff,
        asked=beside.asked,
        notes=beside.notes,
    )


def _former(db: Session, items: Sequence[Waiting]) -> dict[str, str]:
    """Return what readers see of comments whose edit waits."""
    ids = [item.comment.id for item in items if item.comment.edit_waits]
    if not ids:
        return {}
    shown = select(Version.comment_id, Version.html).join(Comment, Comment.id == Version.comment_id)
    shown = shown.where(Comment.id.in_(ids), Version.number == Comment.shown)
    return dict(db.execute(shown).all())


def _standing(item: Waiting) -> str:
    if not item.approved_before and not item.rejected_before:
        return "New here"
    numbers = {"approved": item.approved_before, "rejected": item.rejected_before}
    parts = [f"{counted(number, KNOWN_BY)} {word} before" for word, number in numbers.items() if number]
    since = item.comment.person.created_at
    return f"{', '.join(parts)}, since {since.day} {since:%B %Y}"


def _why(item: Waiting) -> tuple[Why, ...]:
    noticed = tuple(_noticed(finding) for finding in item.findings)
    if noticed or item.last_decision is not None or item.comment.status is not Status.waiting:
        return noticed
    return (Why(sentence=_POLICY[item.comment.page.site.policy.moderate], needed="", rule=POLICY),)


def _noticed(finding: Finding) -> Why:
    noted = "" if finding.counted else " (Only noted: this rule does not count.)"
    return Why(sentence=f"{finding.sentence}{noted}", needed=finding.needed or "", rule=finding.rule)


def _makes_sense(move: Move, item: Waiting) -> bool:
    comment = item.comment
    if comment.status is Status.withdrawn:
        return False
    again = move.status is Status.approved and (comment.edit_waits or comment.reported > 0)
    return move.status is not comment.status or again
