"""Tells what became of a comment: to the dashboard's script as JSON with its card, to a form by leading back."""

import re
from typing import Any, Final

from flask import flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing
from moderation.records import Moderator
from moderation.review.queue import Waiting, counts, look
from moderation.web.guards import moderator_now, own_path, own_sites, wants_json
from moderation.web.house import house
from moderation.web.queue_card import TABS, Card, cards, decided_by

GONE: Final = "This comment is not there any more."
COMMENT_ID: Final = re.compile(r"c_[0-9A-Za-z]{22}")


def tell(
    comment_id: str,
    said: str | None,
    *,
    decision_id: str | None = None,
    action_id: str | None = None,
    problem: str | None = None,
) -> ResponseReturnValue:
    """Answer what was asked about a comment.

    Args:
        said: what was done; None where something was in the way.
        action_id: the action that can be undone, instead of a decision.
        problem: what was in the way, one word.
    """
    with house().database.reading() as db:
        item = item_of(db, comment_id)
        card = card_of(db, item) if item else None
        sentence = said or (_in_the_way(db, item, problem) if item else GONE)
        scope = request.form.get("scope")
        numbers = counts(db, [site.id for site in own_sites() if not scope or site.key == scope])
    back, undo = own_path(request.form.get("back")), action_id or decision_id
    if wants_json():
        return jsonify(
            id=comment_id,
            status=card.status.value if card else None,
            decision=decision_id,
            undo=undo,
            problem=problem,
            sentence=sentence,
            counts={status.value: numbers[status] for status in TABS if status in numbers},
            card=_shown(card, place=back, scope=scope) if card else None,
        )
    leave_word(sentence, undo=undo, comment_id=comment_id if card else None, problem=problem is not None)
    then = comment_id if problem or undo is None else request.form.get("then", "")
    return redirect(f"{back}#{then}" if COMMENT_ID.fullmatch(then) and "#" not in back else back, 303)


def leave_word(sentence: str, *, undo: str | None = None, comment_id: str | None = None, problem: bool = False) -> None:
    """Have the next page say what was done, and offer to take it back.

    Args:
        undo: the action or decision that can be undone.
    """
    told: Any = {"sentence": sentence, "undo": undo, "comment": comment_id}
    flash(told, "problem" if problem else "done")


def item_of(db: Session, comment_id: str) -> Waiting | None:
    """Return a comment of one of the asking moderator's sites, None where there is none."""
    if not COMMENT_ID.fullmatch(comment_id):
        return None
    try:
        return look(db, comment_id, site_ids=[site.id for site in own_sites()])
    except Missing:
        return None


def card_of(db: Session, item: Waiting) -> Card:
    """Return a comment as the asking moderator sees it."""
    (card,) = cards(db, (item,), viewer=moderator_now(), now=house().now())
    return card


def myself(db: Session) -> Moderator:
    """Return the moderator who asks, in a transaction of its own."""
    return db.get_one(Moderator, moderator_now().id)


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
