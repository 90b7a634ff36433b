"""Tells servers that look us up who we are."""

from flask import Blueprint, Response, jsonify

from moderation.foundation.errors import Missing
from moderation.identity.client_document import PATH, describe
from moderation.web.house import house

client_metadata = Blueprint("client_metadata", __name__)


@client_metadata.get(PATH)
def document() -> Response:
    """Return the document about us.

    Raises:
        Missing: when nobody can sign in who would need it.
    """
    home = house()
    with home.database.reading() as db:
        found = describe(db, home.keys, home.settings.public_url)
    if found is None:
        raise Missing("Nobody signs in here who would need this.")
    answer = jsonify(found)
    # Servers read it in the middle of a sign-in; a new key must be seen within minutes.
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
