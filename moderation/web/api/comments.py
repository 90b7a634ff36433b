"""A commenter's calls: send, see, change and withdraw a comment, and look at it before."""

from flask import Response, request
from sqlalchemy.orm import Session

from moderation.foundation.errors import Missing, NotAllowed, Refused
from moderation.foundation.text import refuse_controls
from moderation.foundation.tokens import new_token
from moderation.identity.edit_token import edit_token, is_edit_token_of
from moderation.intake.arrival import Arrival
from moderation.intake.page import site_by_key
from moderation.intake.shapes import EditIn, PreviewIn, SubmissionIn
from moderation.journey import Received, edit, prepare, withdraw
from moderation.publishing.markup import render
from moderation.publishing.shape import own_json
from moderation.records import Comment, Site, Version
from moderation.review.told import told_reason
from moderation.web.api.bearer import bearer, signed_in
from moderation.web.api.door import about, answer, api, body_as
from moderation.web.house import house
from moderation.web.receiving import receive_once

_KEY = 64


@api.post("/comments")
def send() -> Response:
    """Take a comment in; the same comment sent again gets the same answer."""
    submission = body_as(SubmissionIn)
    arrival = Arrival(
        submission=submission,
        text=prepare(submission.body),
        person_id=_person_on(submission.site),
        key=_idempotency_key() or new_token(),
        origin=request.headers.get("Origin"),
        address_hash=house().address_hash(),
    )
    received = receive_once(arrival)
    document = _own(received)
    if arrival.person_id is None:
        document["edit_token"] = edit_token(received.comment.id, house().keys)
    return answer(document, 201)


@api.get("/comments/<comment_id>")
def see(comment_id: str) -> Response:
    """Return one's own comment, whatever its status."""
    with house().database.reading() as db:
        comment = _own_comment(db, comment_id)
        version = db.get_one(Version, (comment.id, comment.latest))
        reason = told_reason(db, comment)
        return answer(own_json(comment, comment.person, version, comment.status, reason=reason))


@api.patch("/comments/<comment_id>")
def change(comment_id: str) -> Response:
    """Take a changed text in; it is screened again."""
    with house().database.reading() as db:
        _own_comment(db, comment_id)
    text, now = prepare(body_as(EditIn).body), house().now()
    received = house().database.write(lambda db: edit(db, comment_id, text, now=now))
    if received.noticed:
        house().ring()
    return answer(_own(received))


@api.delete("/comments/<comment_id>")
def take_back(comment_id: str) -> Response:
    """Withdraw one's own comment."""
    with house().database.reading() as db:
        _own_comment(db, comment_id)
    now = house().now()
    house().database.write(lambda db: withdraw(db, comment_id, now=now))
    house().ring()
    return Response(status=204)


@api.post("/preview")
def preview() -> Response:
    """Return a text as it would be shown."""
    wanted = body_as(PreviewIn)
    address_hash = house().address_hash()
    with house().database.reading() as db:
        about(site_by_key(db, wanted.site))
    if address_hash is not None:
        house().throttle.take("preview", address_hash.hex())
    return answer({"html": render(wanted.body)})


def _person_on(site_key: str) -> str | None:
    """Return who is signed in on a site, None for a guest."""
    if bearer() is None:
        return None
    with house().database.reading() as db:
        site = about(site_by_key(db, site_key))
        session = signed_in(db)
        if session.site_id != site.id:
            raise NotAllowed("This sign-in is for another site; please sign in again.")
        return session.person_id


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        if not 1 <= len(key) <= _KEY:
            raise Refused(f"Idempotency-Key: must have 1 to {_KEY} characters.", field="Idempotency-Key")
        refuse_controls(key, field="Idempotency-Key")
        if not key.isascii():
            raise Refused("Idempotency-Key: can hold ASCII characters only.", field="Idempotency-Key")
    return key


def _own_comment(db: Session, comment_id: str) -> Comment:
    """Return a comment of the caller's; to everybody else there is none.

    Raises:
        NotAllowed: without a token.
        Missing: for another's comment, or none.
    """
    token = bearer()
    if token is None:
        raise NotAllowed("Sign in, or use the comment's edit token.", signed_in=False)
    comment = db.get(Comment, comment_id)
    if comment is not None:
        about(db.get_one(Site, comment.site_id))
    person_id = signed_in(db).person_id if token.is_session else None
    if comment is not None:
        if person_id is not None and comment.person_id == person_id:
            return comment
        if is_edit_token_of(comment.id, token.token, house().keys):
            return comment
    raise Missing("You have no such comment.")


def _own(received: Received) -> dict[str, object]:
    return own_json(received.comment, received.person, received.version, received.status)
