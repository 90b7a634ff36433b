"""Withdraws all that a person wrote, and forgets it, and who it was."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.identity import erasure
from moderation.intake.forget import forget_texts
from moderation.intake.like import unlike_all
from moderation.journey.withdraw import withdraw
from moderation.notifying.forget import forget_notices
from moderation.records import Comment, Person, Status
from moderation.records.search import scrub
from moderation.review.forget import forget_reasons
from moderation.review.notes import forget_notes
from moderation.screening.forget import forget_findings


def erase(db: Session, person_id: str, *, now: datetime) -> None:
    """Withdraw all that a person wrote, and forget the texts, what was said about them, and who it was.

    That there were comments and decisions stays known; nothing takes it back.

    Raises:
        Missing: no such person.
    """
    person = db.get(Person, person_id)
    if person is None:
        raise Missing("There is no such person.")
    # First, so that nothing is added meanwhile.
    erasure.sign_out(db, person, now=now)
    left = select(Comment.id).where(Comment.person_id == person_id, Comment.status != Status.withdrawn)
    for comment_id in db.scalars(left.order_by(Comment.id)).all():
        withdraw(db, comment_id, now=now)
    unlike_all(db, person)
    forget_texts(db, person)
    forget_findings(db, person)
    forget_reasons(db, person)
    forget_notes(db, person)
    forget_notices(db, person, now=now)
    erasure.blank(db, person, now=now)
    scrub(db)
