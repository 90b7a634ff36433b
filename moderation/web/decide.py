"""Deciding from a mail, without signing in: a look asks, a button does it, once, and it can be taken back."""

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Problem, Refused
from moderation.foundation.tickets import read_ticket, write_ticket
from moderation.foundation.tokens import digest
from moderation.journey import answer, moderate, undo, undo_action
from moderation.notifying.decide_link import Act, Wish, read_link
from moderation.records import Moderator, Status
from moderation.review.queue import Waiting, look
from moderation.web.house import house
from moderation.web.queue_card import cards, decided_by
from moderation.web.typed import typed_body

decide = Blueprint("decide", __name__)

_UNDO: Final = timedelta(hours=1)
_LEADS_TO: Final = {Act.approve: Status.approved, Act.reject: Status.rejected, Act.spam: Status.spam}
_NOBODY: Final = "This link was made for somebody who does not moderate this site any more."
_GONE: Final = "This comment is not there any more."


@decide.get("/decide/<ticket>")
def ask(ticket: str) -> Response:
    """Show the comment and what the link would do; nothing happens yet, whoever or whatever follows the link."""
    wish = _wish(ticket)
    with house().database.reading() as db:
        moderator, item = _found(db, wish)
        return _page(db, moderator, item, wish)


@decide.post("/decide/<ticket>")
def act(ticket: str) -> ResponseReturnValue:
    """Do what the link is for, if the comment still stands as it did in the mail."""
    wish, problem = _wish(ticket), None
    try:
        done = _answer(ticket, wish) if wish.act is Act.answer else _moderate(wish)
    except (Conflict, Refused) as error:
        done, problem = None, error
    house().ring()
    with house().database.reading() as db:
        moderator, item = _found(db, wish)
        if done is None:
            return _page(db, moderator, item, wish, problem=problem), 422 if isinstance(problem, Refused) else 409
        return _page(db, moderator, item, wish, undo=_undo_ticket(done, moderator))


@decide.post("/decide/undo/<ticket>")
def take_back(ticket: str) -> ResponseReturnValue:
    """Take back what a link has just done."""
    subject = read_ticket(house().keys, "undo", ticket, house().now())
    done, _, moderator_id = subject.partition("~")
    with house().database.transaction() as db:
        moderator = db.get(Moderator, moderator_id)
        if moderator is None:
            raise Missing(_NOBODY)
        comment_id = _take_back(db, done, moderator)
    house().ring()
    with house().database.reading() as db:
        moderator = db.get_one(Moderator, moderator_id)
        item = look(db, comment_id, site_ids=[place.site_id for place in moderator.memberships])
        return _page(db, moderator, item, None)


def _moderate(wish: Wish) -> str | None:
    """Decide; return the decision, or None where something stood in the way."""
    with house().database.transaction() as db:
        moderator, _ = _found(db, wish)
        outcome = moderate(
            db,
            moderator=moderator,
            comment_id=wish.comment_id,
            status=_LEADS_TO[wish.act],
            seen=wish.seen,
            now=house().now(),
            wait=house().undo_window,
        )
    return outcome.decision_id


def _answer(ticket: str, wish: Wish) -> str:
    """Approve and answer; return the action."""
    text = typed_body()
    with house().database.transaction() as db:
        moderator, _ = _found(db, wish)
        key = digest(ticket).hex()
        now, wait = house().now(), house().undo_window
        return answer(db, wish.comment_id, text, moderator=moderator, key=key, seen=wish.seen, now=now, wait=wait).id


def _take_back(db: Session, done: str, moderator: Moderator) -> str:
    """Undo a decision, or the action of an answer; return whose comment it was about."""
    if done.startswith("a_"):
        return undo_action(db, done, moderator=moderator, now=house().now())[0].action.subject_id
    return undo(db, moderator=moderator, decision_id=done, now=house().now()).comment_id


def _wish(ticket: str) -> Wish:
    return read_link(house().keys, ticket, house().now())


def _found(db: Session, wish: Wish) -> tuple[Moderator, Waiting]:
    moderator = db.get(Moderator, wish.moderator_id)
    if moderator is None or not moderator.memberships:
        raise Missing(_NOBODY)
    try:
        item = look(db, wish.comment_id, site_ids=[place.site_id for place in moderator.memberships])
    except Missing as error:
        raise Missing(_GONE) from error
    return moderator, item


def _undo_ticket(done: str, moderator: Moderator) -> str:
    subject = f"{done}~{moderator.id}"
    return write_ticket(house().keys, "undo", subject, house().now() + _UNDO)


def _page(
    db: Session,
    moderator: Moderator,
    item: Waiting,
    wish: Wish | None,
    *,
    undo: str | None = None,
    problem: Problem | None = None,
) -> Response:
    now = house().now()
    (card,) = cards(db, (item,), viewer=moderator, now=now)
    body, said = request.form.get("body", ""), problem.message if isinstance(problem, Refused) else None
    facts: dict[str, Any] = {"undo": undo, "act": None, "settled": None, "body": body, "problem": said}
    if undo is None and wish is not None:
        facts["act"] = wish.act.value if wish.seen == item.comment.version else None
        # Whatever stood in the way, an answer that was typed is there to be copied.
        facts["settled"] = None if facts["act"] else _settled(db, moderator, item)
    return make_response(render_template("page/decide.html", card=card, taken_back=wish is None, **facts))


def _settled(db: Session, moderator: Moderator, item: Waiting) -> str:
    """Return why the link is good no more."""
    last, comment = item.last_decision, item.comment
    if last is None or last.version != comment.version:
        return "Its writer has changed this comment since the mail was sent. This is how it reads now."
    return f"{decided_by(db, last, viewer=moderator, now=house().now())}."
