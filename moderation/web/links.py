"""Pages that links in mails lead to: a look shows what would happen, a button does it."""

from flask import Blueprint, Response, make_response, render_template
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, Refused
from moderation.foundation.tickets import read_ticket
from moderation.identity.guest import confirm_guest, earlier_comments
from moderation.journey import claim_earlier
from moderation.records import Comment, Page, Status, Subscription
from moderation.web.house import house
from moderation.web.words import plural

links = Blueprint("links", __name__)

_GONE = "This comment is not there any more."


@links.get("/confirm/<ticket>")
def confirm(ticket: str) -> Response:
    """Show which comment is to be confirmed."""
    with house().database.reading() as db:
        comment = db.get(Comment, _subject(ticket, "confirm_guest"))
        if comment is None or comment.status is Status.withdrawn:
            raise Missing(_GONE)
        return _confirm_page(db, ticket, comment)


@links.post("/confirm/<ticket>")
def confirmed(ticket: str) -> Response:
    """Take the address as confirmed."""
    with house().database.transaction() as db:
        comment = db.get(Comment, _subject(ticket, "confirm_guest"), with_for_update=True)
        if comment is None or comment.status is Status.withdrawn:
            raise Missing(_GONE)
        confirm_guest(db, comment=comment, now=house().now())
        return _confirm_page(db, ticket, comment)


@links.post("/confirm/<ticket>/claim")
def claimed(ticket: str) -> Response:
    """Make earlier guest comments with the same address the person's own."""
    with house().database.transaction() as db:
        comment = db.get(Comment, _subject(ticket, "confirm_guest"))
        if comment is None or comment.status is Status.withdrawn:
            raise Missing(_GONE)
        number = claim_earlier(db, comment.person_id, now=house().now())
        return _confirm_page(db, ticket, comment, claimed=number)


@links.get("/unsubscribe/<ticket>")
def unsubscribe(ticket: str) -> Response:
    """Show which mails are to be stopped."""
    page_id, person_id = _subscription(ticket)
    with house().database.reading() as db:
        page, subscription = db.get(Page, page_id), db.get(Subscription, (page_id, person_id))
        if page is None:
            raise Missing("This page is not there any more.")
        return _page("unsubscribe", page, done=subscription is None or subscription.ended_at is not None)


@links.post("/unsubscribe/<ticket>")
def unsubscribed(ticket: str) -> Response:
    """Stop the mails."""
    page_id, person_id = _subscription(ticket)
    with house().database.transaction() as db:
        page, subscription = db.get(Page, page_id), db.get(Subscription, (page_id, person_id))
        if page is None:
            raise Missing("This page is not there any more.")
        if subscription is not None and subscription.ended_at is None:
            subscription.ended_at = house().now()
        return _page("unsubscribe", page, done=True)


def _confirm_page(db: Session, ticket: str, comment: Comment, *, claimed: int | None = None) -> Response:
    person = comment.person
    return _page(
        "confirm",
        comment.page,
        name=person.name,
        done=person.issuer is not None,
        ticket=ticket,
        earlier=earlier_comments(db, person, now=house().now()),
        claimed=claimed,
        plural=plural,
    )


def _subject(ticket: str, purpose: str) -> str:
    return read_ticket(house().keys, purpose, ticket, house().now())


def _subscription(ticket: str) -> tuple[str, str]:
    page_id, separator, person_id = _subject(ticket, "unsubscribe").partition("~")
    if not separator:
        raise Refused("This link is not complete.")
    return page_id, person_id


def _page(template: str, page: Page, **facts: object) -> Response:
    # What a stranger called the page stays out of it until a comment there was approved.
    site, place = page.site.name, page.public_title or page.key
    return make_response(render_template(f"page/{template}.html", site=site, place=place, url=page.url, **facts))
