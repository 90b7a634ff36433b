"""Withdraws all that a person wrote, and forgets who it was."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.identity import erasure
from moderation.intake.like import unlike_all
from moderation.intake.report import forget_reasons
from moderation.journey.withdraw import withdraw
from moderation.records import Comment, Person, Status


def erase(db: Session, person_id: str, *, now: datetime) -> None:
    """Withdraw all that a person wrote, and forget who it was; no decision takes that back.

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
    forget_reasons(db, person)
    erasure.blank(db, person, now=now)
