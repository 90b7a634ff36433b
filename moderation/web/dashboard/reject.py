"""Rejects a comment with a reason for its writer."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict
from moderation.journey import moderate
from moderation.records import Moderator, Status
from moderation.web.dashboard_page import Page
from moderation.web.house import house
from moderation.web.sheet import Done, sheet, submit
from moderation.web.typed import REASON_CHARACTERS, typed

page = Page("reject", "Reject with a reason", None)


@page.get("/comments/<comment_id>/reject")
def show(comment_id: str) -> ResponseReturnValue:
    """The form, with the replies that were saved."""
    return sheet(comment_id, "reject")


@page.post("/comments/<comment_id>/reject")
def send(comment_id: str) -> ResponseReturnValue:
    """Reject the comment; its writer is told why."""

    def work(db: Session, moderator: Moderator, seen: int) -> Done:
        reason = typed("reason", longest=REASON_CHARACTERS, needed="Please write a reason, or reject without one.")
        values: dict[str, Any] = {"now": house().now(), "wait": house().undo_window}
        outcome = moderate(
            db,
            moderator=moderator,
            comment_id=comment_id,
            status=Status.rejected,
            seen=seen,
            reason=reason,
            told=True,
            **values,
        )
        if outcome.problem is not None:
            raise Conflict(outcome.sentence, code=outcome.problem)
        return Done(sentence="Rejected, with your reason.", decision_id=outcome.decision_id)

    return submit(comment_id, "reject", work)
