"""Answers a comment as its blog's author; one that waits is approved in the same go."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.foundation.tokens import digest, new_id
from moderation.identity.authorship import author_on
from moderation.intake.submit import Sent, Text, claim, compose, submit
from moderation.notifying import announce
from moderation.records import Action, Comment, DecidedBy, Moderator, Status
from moderation.review.act import act
from moderation.review.decide import decide, locked


def answer(
    db: Session,
    comment_id: str,
    text: Text,
    *,
    moderator: Moderator,
    key: str,
    seen: int,
    now: datetime,
    wait: timedelta = timedelta(),
) -> Action:
    """Approve a comment unless it is, and publish the moderator's answer below it.

    Args:
        key: the same for a form that is sent twice; the second is told that it is so already.
        seen: the version of the comment that is answered.

    Raises:
        Missing: there is no such comment on a site of this moderator's.
        Conflict: decided or changed since it was seen, withdrawn, or answered by this form already.
    """
    comment = locked(db, comment_id)
    answer_id = new_id("c", now)
    done = act(db, "answer", moderator=moderator, subject_id=comment_id, wanted={"answer": answer_id}, now=now)
    sent = Sent(scope=digest(f"answer/{moderator.id}/{comment_id}"), key=key, request=digest(text.body))
    if not claim(db, sent, comment_id=answer_id, now=now):
        raise Conflict("This answer was sent already.", code="already")
    decisions = []
    values: dict[str, Any] = {"by": DecidedBy.moderator, "moderator_id": moderator.id, "action_id": done.id, "now": now}
    if comment.status is not Status.approved or comment.edit_waits:
        decisions.append(decide(db, comment_id, Status.approved, seen=seen, **values))
    elif comment.version != seen:
        raise Conflict("This comment has changed since you looked at it.", code="changed")
    submitted = _submit(db, comment, text, answer_id=answer_id, moderator=moderator, now=now)
    decisions.append(decide(db, submitted.id, Status.approved, **values))
    for decision in decisions:
        announce.decided(db, decision=decision, now=now, wait=wait)
    return done


def _submit(
    db: Session, parent: Comment, text: Text, *, answer_id: str, moderator: Moderator, now: datetime
) -> Comment:
    composed = compose(
        comment_id=answer_id,
        page=parent.page,
        person=author_on(db, moderator, parent.site_id, now=now),
        parent=parent,
        text=text,
        address_hash=None,
        now=now,
    )
    return submit(db, *composed)
