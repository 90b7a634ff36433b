"""A thread as a page of its own, which works without JavaScript: one can read, sign in, write and answer there."""

from typing import Any, Final

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from sqlalchemy.orm import Session

from moderation.foundation.errors import Outage, Problem, Refused, TooMany
from moderation.foundation.text import normalise, refuse_controls
from moderation.foundation.tokens import new_token
from moderation.identity.choices import choices
from moderation.intake.arrival import Arrival
from moderation.intake.gate import accept
from moderation.intake.shapes import PAGE_KEY_CHARACTERS, TITLE_CHARACTERS, SubmissionIn
from moderation.journey import prepare
from moderation.publishing.markup import plain
from moderation.publishing.shape import person_json
from moderation.records import Comment, Person, Status, Version
from moderation.web import hosted_sign_in
from moderation.web.api.door import argument
from moderation.web.errors import status_of
from moderation.web.house import house
from moderation.web.receiving import receive_once
from moderation.web.thread_view import Asked, View, addresses, asked, view
from moderation.web.words import excerpt

page = Blueprint("page", __name__)

_SORTS: Final = (("oldest", "Oldest"), ("newest", "Newest"), ("best", "Best"))
_BESIDE: Final = frozenset({"body", "guest.name", "guest.email", "guest.website"})
_FIELDS: Final = ("body", "name", "email", "website", "subscribe")
_KEY: Final = 64
_STALE: Final = (
    "This page had been open for too long, so nothing was sent. Your text is still here; please send it again."
)


@page.get("/page")
def show() -> Response:
    """Show a thread, and the form to write a comment or an answer."""
    wanted, parent = asked(), argument("answer", longest=64, default="")
    attempt = argument("draft", longest=22, default="")
    with house().database.reading() as db:
        draft = hosted_sign_in.draft(db, attempt) if attempt else None
    return shown(wanted, parent, problem=draft.problem if draft else None, given=draft.form if draft else None)


@page.post("/page")
def send() -> ResponseReturnValue:
    """Take a comment in; what is wrong is told beside its field, and nothing typed is lost."""
    wanted, parent = asked_by_form(), typed("answer")
    try:
        received_id = _receive(wanted, parent)
    except Outage:
        raise
    except Problem as problem:
        return shown(wanted, parent, problem=problem)
    session["sent"] = received_id
    return redirect(f"{addresses(wanted)()}#sent", 303)


@page.errorhandler(CSRFError)
def stale(error: CSRFError) -> ResponseReturnValue:
    """Show the form again, with what was typed, when it no longer fits the browser's cookie."""
    del error
    try:
        return shown(asked_by_form(), typed("answer"), problem=Refused(_STALE, code="malformed"))
    except Problem as problem:
        # Within a handler of errors, no other is asked.
        return current_app.handle_user_exception(problem)


def _receive(wanted: Asked, parent: str) -> str:
    """Store what the form holds; return the comment's id."""
    with house().database.reading() as db:
        seen = view(db, wanted, now=house().now())
        person = hosted_sign_in.person_here(db, seen.site)
    if seen.address is None:
        raise Refused("url: give the address of the page.", field="url")
    submission = accept(SubmissionIn, _submission(wanted, seen.address, parent, person))
    key = typed("key") or new_token()
    if len(key) > _KEY:
        raise Refused("This form is not complete. Please reload the page.", field="key")
    arrival = Arrival(
        submission=submission,
        text=prepare(submission.body),
        person_id=person.id if person else None,
        key=key,
        # The form is our own page's, as its token tells; the address of the post has been checked.
        origin=None,
        address_hash=house().address_hash(),
    )
    return receive_once(arrival).comment.id


def _submission(wanted: Asked, address: str, parent: str, person: Person | None) -> dict[str, Any]:
    body = normalise(request.form.get("body", ""), field="body")
    refuse_controls(body, field="body", multiline=True)
    guest = {name: typed(name, field=f"guest.{name}") or None for name in ("name", "email", "website")}
    sent = {
        "site": wanted.site,
        "page": {"key": wanted.page, "url": address, "title": wanted.title or None},
        "parent": parent or None,
        "body": body,
        "subscribe": typed("subscribe") == "1",
    }
    return sent if person else sent | {"guest": guest | {"name": guest["name"] or ""}}


def asked_by_form() -> Asked:
    """Return which thread a form belongs to.

    Raises:
        Refused: when it is not one of ours.
    """
    site, key, url, title = (typed(name) for name in ("site", "page", "url", "title"))
    if not 1 <= len(site) <= 64 or not 1 <= len(key) <= PAGE_KEY_CHARACTERS:
        raise Refused("This form is not complete. Please reload the page.", code="malformed")
    return Asked(site=site, page=key, url=url, title=title[:TITLE_CHARACTERS])


def typed(name: str, *, field: str | None = None) -> str:
    """Return one line that somebody typed.

    Raises:
        Refused: for what no line may hold.
    """
    text = normalise(request.form.get(name, ""), field=field or name)
    refuse_controls(text, field=field or name)
    return text


def shown(
    wanted: Asked, parent: str, *, problem: Problem | None = None, given: dict[str, str] | None = None
) -> Response:
    """Return the page.

    Args:
        given: what the form is filled with; None for what was sent.
    """
    given = request.form if given is None else given
    with house().database.reading() as db:
        seen = view(db, wanted, now=house().now())
        sent = None if problem else _sent(db, seen)
        answers = _answered(db, seen, parent)
        person = hosted_sign_in.person_here(db, seen.site)
        ways = choices(db, seen.site)
    if parent and answers is None and problem is None:
        problem = Refused("The comment you wanted to answer is not there any more.", field="parent")
    here, found = addresses(wanted), seen.found
    hidden = {"site": wanted.site, "page": wanted.page, "url": wanted.url, "title": wanted.title}
    hidden |= {"answer": parent if answers else "", "key": (request.form.get("key") or new_token())[:_KEY]}
    hidden["change"] = "1" if person is None and typed("change") else ""
    document = render_template(
        "page/comments.html",
        site=seen.site,
        home=max((origin.origin for origin in seen.site.origins), default="/"),
        address=seen.address,
        title=seen.title,
        found=found,
        rows=seen.rows,
        sort=wanted.sort.value,
        sorts=_SORTS,
        here=here,
        open=seen.open,
        answer_to=(lambda comment_id: f"{here(answer=comment_id)}#respond") if seen.open and seen.address else None,
        answers=answers,
        sent=sent,
        problem=problem,
        shown_beside=_BESIDE,
        given={name: given.get(name, "") for name in _FIELDS},
        person=person_json(person) if person else None,
        provider=_label(ways, person),
        ways=[way | {"icon": Markup(way["icon"] or "")} for way in ways],  # noqa: S704 - our own
        hidden={name: value for name, value in hidden.items() if value},
        fields=_fields(seen),
    )
    response = make_response(document, status_of(problem) if problem and request.method == "POST" else 200)
    if isinstance(problem, TooMany):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _label(ways: list[dict[str, Any]], person: Person | None) -> str:
    """Return where somebody has the account, in the words of the buttons."""
    name = person.provider if person else ""
    return next((str(way["label"]) for way in ways if way["name"] == name), name.capitalize())


def _fields(seen: View) -> tuple[tuple[str, str, str, bool, str], ...]:
    needed = seen.site.policy.guest_email_required
    return (
        ("email", f"Email ({'required' if needed else 'optional'})", "email", needed, "email"),
        ("name", "Name (required)", "text", True, "name"),
        ("website", "Website", "url", False, "url"),
    )


def _sent(db: Session, seen: View) -> dict[str, Any] | None:
    """Return what this browser has just sent, as its writer may see it; spam is shown as waiting."""
    comment_id = session.pop("sent", None)
    comment = db.get(Comment, comment_id) if comment_id else None
    if comment is None or seen.page is None or comment.page_id != seen.page.id:
        return None
    newest = db.get_one(Version, (comment.id, comment.latest))
    html = Markup(newest.html)  # noqa: S704 - sanitised when it was written
    return {"waits": comment.status is not Status.approved, "html": html}


def _answered(db: Session, seen: View, parent: str) -> dict[str, str] | None:
    """Return whom a form answers, if readers see that comment on this page."""
    comment = db.get(Comment, parent) if parent else None
    if comment is None or seen.page is None or comment.page_id != seen.page.id or comment.shown is None:
        return None
    shown = db.get_one(Version, (comment.id, comment.shown))
    return {"name": comment.person.name, "excerpt": excerpt(plain(shown.html))}
