"""Lets the screening look at a comment's newest text, keeps what it noticed, and decides where it may."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from moderation.foundation.errors import Refused
from moderation.foundation.prepared import Prepared, prepared_insert
from moderation.foundation.tokens import new_id
from moderation.intake.submit import Text
from moderation.notifying import announce
from moderation.records import Comment, DecidedBy, Finding, Site, Status, Verdict
from moderation.review.decide import decide
from moderation.screening.gather import gather
from moderation.screening.screen import screen

_AGAINST: Final = frozenset({Verdict.hold, Verdict.spam})
_FINDING: Final = prepared_insert(Finding)
_HELD: Final = Prepared(update(Comment).where(Comment.id == bindparam("comment_id")).values(held_by=bindparam("rules")))
_DECIDES: Final = {Verdict.approve: Status.approved, Verdict.spam: Status.spam}


def look_at(db: Session, site: Site, comment: Comment, text: Text, now: datetime) -> Status:
    """Screen a comment's newest text, and return where the comment stands then."""
    screened = screen(gather(db, comment, text=text.plain, links=text.links, now=now), site.policy)
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
    against = sorted({found.rule for found in screened.findings if found.counted and found.verdict in _AGAINST})
    _note_against(db, comment, against)
    status = _DECIDES.get(screened.verdict)
    # A waiting comment is decided; of an approved one only the edit is, and bad edits wait while the old text stands.
    if (comment.status is Status.waiting and status) or (comment.edit_waits and status is Status.approved):
        decision = decide(db, comment.id, status, by=DecidedBy.screening, now=now, reason=screened.sentence)
        announce.decided(db, decision=decision, now=now, wait=timedelta())
    db.flush()
    return comment.status


def _note_against(db: Session, comment: Comment, rules: list[str]) -> None:
    held_by = f" {' '.join(rules)} " if rules else ""
    if held_by != comment.held_by:
        _HELD(db, comment_id=comment.id, rules=held_by)
        set_committed_value(comment, "held_by", held_by)


def check_length(text: Text, site: Site) -> None:
    """Refuse a text that is longer than its site allows."""
    longest = site.policy.max_length
    if len(text.body) > longest:
        raise Refused(f"A comment here may have {longest:,} characters; this one has {len(text.body):,}.", field="body")
