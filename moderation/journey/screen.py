"""Lets the screening look at a comment's newest text, keeps what it noticed, and decides where it may."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from moderation.foundation.errors import Refused
from moderation.foundation.tokens import new_id
from moderation.intake.submit import Text
from moderation.notifying import announce
from moderation.records import Comment, DecidedBy, Finding, Site, Status, Verdict
from moderation.review.decide import decide
from moderation.screening.gather import gather
from moderation.screening.screen import screen

_AGAINST: Final = frozenset({Verdict.hold, Verdict.spam})
_DECIDES: Final = {Verdict.approve: Status.approved, Verdict.spam: Status.spam}


def look_at(db: Session, site: Site, comment: Comment, text: Text, now: datetime) -> Status:
    """Screen a comment's newest text, and return where the comment stands then."""
    screened = screen(gather(db, comment, text=text.plain, links=text.links, now=now), site.policy)
    for found in screened.findings:
        db.add(
            Finding(
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
        )
    against = sorted({found.rule for found in screened.findings if found.counted and found.verdict in _AGAINST})
    comment.held_by = f" {' '.join(against)} " if against else ""
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
