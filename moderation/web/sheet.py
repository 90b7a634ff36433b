"""A form about one comment: a page of its own, which the dashboard's script opens on top of the list."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.records import Moderator, SavedReply
from moderation.web.errors import status_of
from moderation.web.guards import own_path, wants_json
from moderation.web.house import house
from moderation.web.telling import GONE, card_of, item_of, myself, tell
from moderation.web.words import excerpt

_SEEN: Final = re.compile(r"[0-9]{1,9}")
_INCOMPLETE: Final = "This form is not complete. Please reload the page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a form did: the sentence for it, and what undoes it."""

    sentence: str
    decision_id: str | None = None
    action_id: str | None = None


def sheet(comment_id: str, name: str, *, problem: Refused | None = None, **facts: Any) -> Response:
    """Return the form.

    Args:
        name: of its template in templates/dashboard/sheets.

    Raises:
        Missing: there is no such comment on a site of the asking moderator's.
    """
    with house().database.reading() as db:
        item = item_of(db, comment_id)
        if item is None:
            raise Missing(GONE)
        facts |= {"card": card_of(db, item), "item": item, "replies": replies_of(db, item.comment.site_id)}
        facts |= {"text": excerpt(item.version.body, 280), "body": item.version.body}
    place = {"back": own_path(request.values.get("back")), "scope": request.values.get("scope", "")}
    place |= {"then": request.values.get("then", "")}
    answer = make_response(
        render_template(f"dashboard/sheets/{name}.html", problem=problem, given=request.form, **place, **facts)
    )
    answer.status_code = status_of(problem) if problem else 200
    return answer


def submit(
    comment_id: str, name: str, work: Callable[[Session, Moderator, int], Done], **facts: Any
) -> ResponseReturnValue:
    """Do what a form asks for, in one transaction, and tell what became of the comment.

    Args:
        work: gets the moderator, and the version of the comment that was seen.
        facts: for the form, where it must be shown again.
    """
    seen = request.form.get("seen", "")
    if not _SEEN.fullmatch(seen):
        raise Refused(_INCOMPLETE)
    with house().database.reading() as db:
        if item_of(db, comment_id) is None:
            raise Missing(GONE)
    try:
        with house().database.transaction() as db:
            done = work(db, myself(db), int(seen))
    except Refused as problem:
        return refused(comment_id, name, problem, **facts)
    except Conflict as problem:
        said = problem.message if problem.code == "closed" else None
        return tell(comment_id, said, problem=problem.code)
    house().ring()
    return tell(comment_id, done.sentence, decision_id=done.decision_id, action_id=done.action_id)


def refused(comment_id: str, name: str, problem: Refused, **facts: Any) -> ResponseReturnValue:
    """Say what is wrong with a form, beside its field."""
    if wants_json():
        return jsonify(problem="refused", sentence=problem.message, field=problem.field), 422
    return sheet(comment_id, name, problem=problem, **facts)


def replies_of(db: Session, site_id: str) -> list[SavedReply]:
    """Return what a site's moderators use again, by title."""
    return list(db.scalars(select(SavedReply).where(SavedReply.site_id == site_id).order_by(SavedReply.title)))
