"""A one-time code becomes a session of a commenter; logging out ends it."""

from typing import Annotated

from flask import Response, request
from msgspec import Meta

from moderation.foundation.errors import NotAllowed, Refused
from moderation.identity.handover import IDLE, Exchanged, exchange, revoke
from moderation.intake.page import site_by_key
from moderation.intake.shapes import Shape
from moderation.publishing.shape import person_json
from moderation.web.api.bearer import bearer
from moderation.web.api.door import about, answer, api, body_as
from moderation.web.house import house


class TokenIn(Shape, frozen=True, kw_only=True):
    """What a blog's page sends to get its session."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]
    code_verifier: Annotated[str, Meta(min_length=43, max_length=128)]
    attempt: Annotated[str, Meta(min_length=22, max_length=22)]
    site: Annotated[str, Meta(min_length=1, max_length=64)]


@api.post("/token")
def make_session() -> Response:
    """Exchange a one-time code for a session."""
    wanted, now = body_as(TokenIn), house().now()
    with house().database.transaction() as db:
        site = about(site_by_key(db, wanted.site))
        made = exchange(
            db,
            site=site,
            attempt=wanted.attempt,
            code=wanted.code,
            verifier=wanted.code_verifier,
            origin=request.headers.get("Origin"),
            now=now,
        )
    if made is None:
        # Said after the commit: a code in wrong hands has just ended a session.
        raise Refused("This sign-in has expired or was used already. Please sign in again.", field="code")
    response = answer(_session_json(made))
    response.headers["Cache-Control"] = "no-store"
    return response


@api.post("/logout")
def logout() -> Response:
    """End the caller's session; a session that is over already stays so."""
    token = bearer()
    if token is None or not token.is_session:
        raise NotAllowed("Nobody is signed in.", signed_in=token is not None)
    with house().database.transaction() as db:
        revoke(db, token.token, house().now())
    return Response(status=204)


def _session_json(made: Exchanged) -> dict[str, object]:
    seconds = int(IDLE.total_seconds())
    return {"access_token": made.token, "expires_in": seconds, "person": person_json(made.person)}
