"""One comment wherever it stands, and the forms that decide about it and take back what was decided or done."""

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.journey import moderate, undo, undo_action
from moderation.records import Action, Batch, Decision, Status, Version
from moderation.review.act import kinds
from moderation.review.history import Asked, history
from moderation.review.notes import notes_on
from moderation.web import proving
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path, own_sites, wants_json
from moderation.web.house import house
from moderation.web.losing import loss_by
from moderation.web.past import lines, name_of
from moderation.web.queue_card import TABS
from moderation.web.telling import COMMENT_ID, GONE, card_of, item_of, leave_word, myself, tell
from moderation.web.words import plural

page = Page("comment", "Comment", None)

_SAID = {
    Status.approved: "Approved.",
    Status.rejected: "Rejected.",
    Status.spam: "Marked as spam.",
    Status.waiting: "Back to waiting.",
}
_LOSES = "This would forget for good what was kept since. Set it on the settings page, which says how much that is."
_INCOMPLETE = "This form is not complete. Please reload the page."
_DECISION_ID = re.compile(r"d_[0-9A-Za-z]{22}")
_ACTION_ID = re.compile(r"a_[0-9A-Za-z]{22}")


@page.get("/comments/<comment_id>")
def show(comment_id: str) -> str:
    """One comment with all one needs to decide: all its texts, notes, and what was done about it."""
    ids = [site.id for site in own_sites()]
    with house().database.reading() as db:
        item = item_of(db, comment_id)
        if item is None:
            raise Missing(GONE)
        versions = db.query(Version).filter_by(comment_id=comment_id).order_by(Version.number).all()
        past = history(db, Asked(site_ids=ids, comment_id=comment_id, after=request.args.get("after") or None))
        return render_template(
            "dashboard/comment.html",
            card=card_of(db, item),
            latest=item.comment.latest,
            versions=versions,
            notes=[
                (note, name_of(db, note.moderator_id))
                for note in notes_on(db, item.comment.person_id, comment_id=comment_id)
            ],
            lines=lines(db, past.entries, viewer=moderator_now()),
            next=past.next,
            sites=own_sites(),
            tabs=TABS,
            place=own_path(request.path),
        )


@page.post("/decide")
def decide() -> ResponseReturnValue:
    """Give a comment a status, if nobody was quicker."""
    comment_id, seen = request.form.get("comment", ""), request.form.get("seen", "")
    status = next((status for status in _SAID if status.value == request.form.get("status")), None)
    if status is None or not re.fullmatch(r"[0-9]{1,9}", seen) or not COMMENT_ID.fullmatch(comment_id):
        raise Refused(_INCOMPLETE)
    with house().database.transaction() as db:
        outcome = moderate(
            db,
            moderator=myself(db),
            comment_id=comment_id,
            status=status,
            seen=int(seen),
            now=house().now(),
            wait=house().undo_window,
        )
    if outcome.problem is None:
        house().ring()
        return tell(comment_id, _SAID[status], decision_id=outcome.decision_id)
    return tell(comment_id, None, problem=outcome.problem)


@page.post("/undo")
def take_back() -> ResponseReturnValue:
    """Take back a decision, if the comment was not decided again since, or an action with all that came of it."""
    action_id, decision_id = request.form.get("action", ""), request.form.get("decision", "")
    if action_id:
        return _take_back_action(action_id)
    if not _DECISION_ID.fullmatch(decision_id):
        raise Refused(_INCOMPLETE)
    with house().database.reading() as db:
        decision = db.get(Decision, decision_id)
        comment_id = decision.comment_id if decision else ""
    try:
        with house().database.transaction() as db:
            outcome = undo(db, moderator=myself(db), decision_id=decision_id, now=house().now())
    except (Conflict, Missing) as problem:
        return tell(comment_id, None, problem=problem.code if isinstance(problem, Conflict) else "missing")
    house().ring()
    return tell(comment_id, f"Undone. {_SAID[outcome.status]}" if outcome.status in _SAID else "Undone.")


def _take_back_action(action_id: str) -> ResponseReturnValue:
    if not _ACTION_ID.fullmatch(action_id):
        raise Refused(_INCOMPLETE)
    with house().database.reading() as db:
        action = db.get(Action, action_id)
        # The card from which it was done, where that is known; else the comment that it was done to.
        card_id = request.form.get("comment", "") or (action.subject_id if action else "")
    before: dict[str, Any] = action.before if action and action.kind == "configure" else {}
    if action and kinds()[action.kind].sensitive(action.before) and not proving.is_sure():
        return proving.ask_again()
    if any(site.id == action.site_id and loss_by(site, before) for site in own_sites() if action and before):
        return _told(card_id, _LOSES, problem="loses")
    try:
        with house().database.transaction() as db:
            turn, rest = undo_action(db, action_id, moderator=myself(db), now=house().now())
    except (Conflict, Missing, Refused) as problem:
        return _told(card_id, problem.message, problem=problem.code if isinstance(problem, Conflict) else "missing")
    house().ring()
    if rest is not None:
        return _goes_on(card_id, rest)
    left = f" {plural(turn.skipped, 'comment')} decided again since stay as they are." if turn.skipped else ""
    return _told(card_id, f"Undone.{left}")


def _goes_on(card_id: str, rest: Batch) -> ResponseReturnValue:
    """Lead to how far it has come; the script's toast says it in a sentence."""
    if wants_json():
        return _told(card_id, f"Undone so far: {rest.undone:,} of {rest.decided:,}. The rest follows by itself.")
    back = own_path(request.form.get("back"))
    return redirect(url_for("dashboard.many.show", batch_id=rest.id, back=back), 303)


def _told(comment_id: str, said: str, *, problem: str | None = None) -> ResponseReturnValue:
    if COMMENT_ID.fullmatch(comment_id):
        return tell(comment_id, said, problem=problem)
    leave_word(said, problem=problem is not None)
    return redirect(own_path(request.form.get("back")), 303)
