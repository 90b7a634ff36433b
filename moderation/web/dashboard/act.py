"""What needs no form: a pin, trust, a closed page, a lifted ban; done by one button."""

from typing import Any, Final

from flask import redirect, request
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Conflict, Missing, Refused
from moderation.records import Comment, Person
from moderation.review.act import act
from moderation.web.dashboard_page import Page
from moderation.web.guards import moderator_now, own_path
from moderation.web.house import house
from moderation.web.telling import COMMENT_ID, GONE, leave_word, myself, tell

page = Page("act", "Do", None)

# What a button says it does: the kind of action, the state that is wanted, and what is said then.
_DO: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "pin": ("pin", {"pinned": True}, "Pinned."),
    "unpin": ("pin", {"pinned": False}, "Unpinned."),
    "trust": ("trust", {"trusted": True}, "Trusted."),
    "distrust": ("trust", {"trusted": False}, "Not trusted any more."),
    "close": ("close_page", {"closed": True}, "The page takes no more comments."),
    "open": ("close_page", {"closed": False}, "The page takes comments again."),
    "lift": ("ban", {"ban": None, "until": None}, "The ban is lifted."),
}


@page.post("/act")
def show() -> ResponseReturnValue:
    """Do it to a comment, its writer or its page; or to a person."""
    comment_id, person_id = request.form.get("comment", ""), request.form.get("person", "")
    if request.form.get("do") not in _DO:
        raise Refused("This form is not complete. Please reload the page.")
    kind, wanted, said = _DO[request.form["do"]]
    try:
        with house().database.transaction() as db:
            subject_id = _subject(kind, db.get(Comment, comment_id), db.get(Person, person_id))
            done = act(db, kind, moderator=myself(db), subject_id=subject_id, wanted=wanted, now=house().now())
    except Conflict:
        # Whoever was quicker wanted the same.
        return _told(comment_id, said, None)
    return _told(comment_id, said, done.id)


def _subject(kind: str, comment: Comment | None, person: Person | None) -> str:
    mine = moderator_now()
    if comment is not None and mine.role_on(comment.site_id) is not None:
        return {"pin": comment.id, "close_page": comment.page_id}.get(kind, comment.person_id)
    if person is not None and mine.role_on(person.site_id) is not None and kind in ("trust", "ban"):
        return person.id
    raise Missing(GONE)


def _told(comment_id: str, said: str, action_id: str | None) -> ResponseReturnValue:
    if COMMENT_ID.fullmatch(comment_id):
        return tell(comment_id, said, action_id=action_id)
    leave_word(said, undo=action_id)
    return redirect(own_path(request.form.get("back")), 303)
