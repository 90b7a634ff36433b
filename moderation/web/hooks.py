"""The doors at which Facebook tells that somebody takes a sign-in back, and where that person can look."""

from typing import cast

from flask import Blueprint, Flask, jsonify, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from moderation.foundation.errors import Refused
from moderation.identity import erasure
from moderation.identity.providers.facebook import ISSUER
from moderation.identity.signed_request import facebook_secrets, read_signed_request
from moderation.journey import erase
from moderation.web.house import house

hooks = Blueprint("hooks", __name__)


@hooks.record
def set_up(state: BlueprintSetupState) -> None:
    """Leave the check of forged requests to the signature: Facebook's servers have no cookie, and no page of ours."""
    app = cast("Flask", state.app)
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(hooks)


@hooks.post("/hooks/facebook/deauthorize")
def deauthorize() -> ResponseReturnValue:
    """Sign a person out who has taken the blog out of the apps at Facebook; what the person wrote stays."""
    subject, now = _subject(), house().now()
    with house().database.transaction() as db:
        for person in erasure.persons_of(db, issuer=ISSUER, subject=subject):
            erasure.sign_out(db, person, now=now)
    return jsonify({})


@hooks.post("/hooks/facebook/deletion")
def deletion() -> ResponseReturnValue:
    """Erase a person who asks for it at Facebook, and say where to look; the same when there was nobody."""
    subject, now = _subject(), house().now()
    with house().database.transaction() as db:
        for person in erasure.persons_of(db, issuer=ISSUER, subject=subject):
            erase(db, person.id, now=now)
    code = erasure.confirm(house().keys, now)
    address = house().settings.public_url + url_for("hooks.status", code=code)
    return jsonify({"url": address, "confirmation_code": code})


@hooks.get("/privacy/deletion/<code>")
def status(code: str) -> ResponseReturnValue:
    """Show what became of a request to erase."""
    moment = erasure.confirmed_at(house().keys, code)
    return render_template("page/deletion.html", moment=moment, day=f"{moment.day} {moment:%B %Y}")


def _subject() -> str:
    """Return whom the signed request is about."""
    given = request.form.getlist("signed_request")
    if len(given) != 1:
        raise Refused("signed_request: give it once.", field="signed_request", code="malformed")
    with house().database.reading() as db:
        secrets = facebook_secrets(db, house().keys)
    return read_signed_request(given[0], secrets, now=house().now())
