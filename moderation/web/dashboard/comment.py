"""One comment wherever it stands, and the forms that decide about it and take decisions back."""

import re
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.journey import moderate, undo
from moderation.records import Decision, Moderator, Status
from moderation.review.queue import Waiting, counts, look
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_sites, wants_json
from moderation.web.house import house
from moderation.web.queue_card import TABS, Card, cards, decided_by

page = Page("comment", "Comment", None)

_SAID = {
    Status.approved: "Approved.",
    Status.rejected: "Rejected.",
    Status.spam: "Marked as spam.",
    Status.waiting: "Back to waiting.",
}
_GONE = "This comment is not there any more."
_INCOMPLETE = "This form is not complete. Please reload the page."
_DECISION_ID = re.compile(r"d_[0-9A-Za-z]{22}")
_COMMENT_ID = re.compile(r"c_[0-9A-Za-z]{22}")


@page.get("/comments/<comment_id>")
def show(comment_id: str) -> str:
    """One comment with all one needs to decide."""
    with house().database.reading() as db:
        item = _item(db, comment_id)
        if item is None:
            raise Missing(_GONE)
        card = _card(db, item)
    return render_template("dashboard/comment.html", card=card, sites=own_sites(), tabs=TABS, place=request.path)


@page.post("/decide")
def decide() -> ResponseReturnValue:
    """Give a comment a status, if nobody was quicker."""
    comment_id, seen = request.form.get("comment", ""), request.form.get("seen", "")
    status = next((status for status in _SAID if status.value == request.form.get("status")), None)
    if status is None or not re.fullmatch(r"[0-9]{1,9}", seen) or not _COMMENT_ID.fullmatch(comment_id):
        raise Refused(_INCOMPLETE)
    with house().database.transaction() as db:
        moderator = db.get_one(Moderator, moderator_now().id)
        outcome = moderate(
            db,
            moderator=moderator,
            comment_id=comment_id,
            status=status,
            seen=int(seen),
            now=house().now(),
            wait=house().undo_window,
        )
    if outcome.problem is None:
        house().ring()
        return _answer(comment_id, _SAID[status], decision_id=outcome.decision_id)
    return _answer(comment_id, None, problem=outcome.problem)


@page.post("/undo")
def take_back() -> ResponseReturnValue:
    """Take a decision back, if the comment was not decided again since."""
    decision_id = request.form.get("decision", "")
    if not _DECISION_ID.fullmatch(decision_id):
        raise Refused(_INCOMPLETE)
    with house().database.reading() as db:
        decision = db.get(Decision, decision_id)
        comment_id = decision.comment_id if decision else ""
    try:
        with house().database.transaction() as db:
            moderator = db.get_one(Moderator, moderator_now().id)
            outcome = undo(db, moderator=moderator, decision_id=decision_id, now=house().now())
    except (Conflict, Missing) as problem:
        return _answer(comment_id, None, problem=problem.code if isinstance(problem, Conflict) else "missing")
    house().ring()
    return _answer(comment_id, f"Undone. {_SAID[outcome.status]}" if outcome.status in _SAID else "Undone.")


def _answer(
    comment_id: str, said: str | None, *, decision_id: str | None = None, problem: str | None = None
) -> ResponseReturnValue:
    """Tell what became of a comment: to the script as JSON with its card, to a form by leading back to where it was."""
    with house().database.reading() as db:
        item = _item(db, comment_id)
        card = _card(db, item) if item else None
        sentence = said or (_in_the_way(db, item, problem) if item else _GONE)
        scope = request.form.get("scope")
        numbers = counts(db, [site.id for site in own_sites() if not scope or site.key == scope])
    back = own_path(request.form.get("back"))
    if wants_json():
        return jsonify(
            id=comment_id,
            status=card.status.value if card else None,
            decision=decision_id,
            problem=problem,
            sentence=sentence,
            counts={status.value: numbers[status] for status in TABS},
            card=_shown(card, place=back, scope=scope) if card else None,
        )
    told: Any = {"sentence": sentence, "undo": decision_id, "comment": comment_id if card else None}
    flash(told, "problem" if problem else "done")
    then = comment_id if problem or decision_id is None else request.form.get("then", "")
    return redirect(f"{back}#{then}" if _COMMENT_ID.fullmatch(then) and "#" not in back else back, 303)


def _item(db: Session, comment_id: str) -> Waiting | None:
    if not _COMMENT_ID.fullmatch(comment_id):
        return None
    try:
        return look(db, comment_id, site_ids=[site.id for site in own_sites()])
    except Missing:
        return None


def _card(db: Session, item: Waiting) -> Card:
    (card,) = cards(db, (item,), viewer=moderator_now(), now=house().now())
    return card


def _shown(card: Card, *, place: str, scope: str | None) -> str:
    several = not scope and len(own_sites()) > 1
    return render_template("dashboard/one_card.html", card=card, place=place, scope=scope, several=several)


def _in_the_way(db: Session, item: Waiting, problem: str | None) -> str:
    """Return why a decision was not taken, in words that say who was quicker."""
    last, comment = item.last_decision, item.comment
    if last is None or last.version != comment.version:
        return "Its writer has changed this comment since you looked at it. Please read it again."
    by = decided_by(db, last, viewer=moderator_now(), now=house().now())
    if problem == "already":
        return f"{by} already. Nothing has changed."
    return f"{by}, so yours was not taken. This is how it stands now."
