"""Pages that mails lead a comment's writer to: to change a comment, and to get no more mails about one's own."""

from flask import Blueprint, Response, make_response, render_template
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.tickets import read_ticket
from moderation.journey import asked_still, change
from moderation.records import Action, Comment, Person, Site, Status, Version
from moderation.web.errors import status_of
from moderation.web.house import house
from moderation.web.typed import typed_body

writer_links = Blueprint("writer_links", __name__)


@writer_links.get("/change/<ticket>")
def show_change(ticket: str) -> Response:
    """Show a comment to its writer, with what a moderator asks for, and a form to change it."""
    action_id = _subject(ticket, "change")
    with house().database.reading() as db:
        return _change_page(db, asked_still(db, action_id))


@writer_links.post("/change/<ticket>")
def send_change(ticket: str) -> Response:
    """Take the changed text in, once."""
    action_id = _subject(ticket, "change")
    try:
        text = typed_body()
        with house().database.transaction() as db:
            received = change(db, action_id, text, now=house().now())
            page = received.comment.page
            waits = received.comment.awaits or received.status is not Status.approved
            answer = _page("change", done=True, site=page.site.name, url=page.url, waits=waits)
    except Refused as problem:
        with house().database.reading() as db:
            return _change_page(db, asked_still(db, action_id), problem)
    house().ring()
    return answer


@writer_links.get("/quiet/<ticket>")
def show_quiet(ticket: str) -> Response:
    """Show which mails are to be stopped."""
    person_id = _subject(ticket, "quiet")
    with house().database.reading() as db:
        return _quiet_page(db, _person(db, person_id))


@writer_links.post("/quiet/<ticket>")
def send_quiet(ticket: str) -> Response:
    """Stop the mails."""
    person_id = _subject(ticket, "quiet")
    with house().database.transaction() as db:
        person = _person(db, person_id)
        person.quiet_at = person.quiet_at or house().now()
        return _quiet_page(db, person)


def _change_page(db: Session, action: Action, problem: Refused | None = None) -> Response:
    comment = db.get_one(Comment, action.subject_id)
    facts = {"site": comment.page.site.name, "url": comment.page.url, "name": comment.person.name}
    body = db.get_one(Version, (comment.id, comment.latest)).body
    longest = comment.page.site.policy.max_length
    title = comment.page.public_title or comment.page.site.name
    answer = _page(
        "change", done=False, title=title, reason=action.reason, body=body, longest=longest, problem=problem, **facts
    )
    answer.status_code = status_of(problem) if problem else 200
    return answer


def _quiet_page(db: Session, person: Person) -> Response:
    return _page("quiet", site=db.get_one(Site, person.site_id).name, done=person.quiet_at is not None)


def _person(db: Session, person_id: str) -> Person:
    person = db.get(Person, person_id)
    if person is None:
        raise Missing("There is nobody to write to any more.")
    return person


def _subject(ticket: str, purpose: str) -> str:
    return read_ticket(house().keys, purpose, ticket, house().now())


def _page(template: str, **facts: object) -> Response:
    return make_response(render_template(f"page/{template}.html", **facts))
