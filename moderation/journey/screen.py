"""Lets the screening look at a comment's newest text, keeps what it noticed, and decides where it may."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.prepared import prepared_insert
from moderation.foundation.tokens import new_id
from moderation.intake.submit import Text
from moderation.notifying import announce
from moderation.records import Comment, DecidedBy, Finding, Site, Status, Verdict, Version
from moderation.review.decide import decide
from moderation.screening.gather import gather
from moderation.screening.screen import Screened, screen

_AGAINST: Final = frozenset({Verdict.hold, Verdict.spam})
_FINDING: Final = prepared_insert(Finding)
_DECIDES: Final = {Verdict.approve: Status.approved, Verdict.spam: Status.spam}


def look(db: Session, site: Site, comment: Comment, version: Version, text: Text, now: datetime) -> Screened:
    """Return what the screening makes of a comment's newest text, whether that is stored already or not."""
    return screen(gather(db, comment, version, text=text.plain, links=text.links, now=now), site.policy)


def look_again(db: Session, site: Site, comment: Comment, version: Version, text: Text, now: datetime) -> Status:
    """Screen a stored comment's new text, and return where the comment stands then."""
    screened = look(db, site, comment, version, text, now)
    comment.held_by = held_by(screened)
    return conclude(db, comment, screened, now)


def held_by(screened: Screened) -> str:
    """Return the rules that spoke against a comment, as it keeps them."""
    rules = sorted({found.rule for found in screened.findings if found.counted and found.verdict in _AGAINST})
    return f" {' '.join(rules)} " if rules else ""


def conclude(db: Session, comment: Comment, screened: Screened, now: datetime) -> Status:
    """Keep what the screening noticed about a stored comment, decide where it may, and return where that leaves it."""
    for found in screened.findings:
        _FINDING(
            db,
            id=new_id("f", now),
            comment_id=comment.id,
            number=comment.latest,
            rule=found.rule,
            verdict=found.verdict,
            sentence=found.sentence,
            needed=found.needed or None,
            counted=found.counted,
            created_at=now,
        )
    status = _DECIDES.get(screened.verdict)
    # A waiting comment is decided; of an approved one only the edit is, and bad edits wait while the old text stands.
    if (comment.status is Status.waiting and status) or (comment.edit_waits and status is Status.approved):
        decision = decide(db, comment.id, status, by=DecidedBy.screening, now=now, reason=screened.sentence)
        announce.decided(db, decision=decision, now=now, wait=timedelta())
    db.flush()
    return comment.status


def check_length(text: Text, site: Site) -> None:
    """Refuse a text that is longer than its site allows."""
    longest = site.policy.max_length
    if len(text.body) > longest:
        raise Refused(f"A comment here may have {longest:,} characters; this one has {len(text.body):,}.", field="body")
