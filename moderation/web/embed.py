"""The web component, for every blog."""

import hashlib
from pathlib import Path

from flask import Blueprint, Response, abort, request
from werkzeug.security import safe_join

embed = Blueprint("embed", __name__, url_prefix="/embed")

_FOLDER = Path(__file__).parents[1] / "static" / "embed"
_TYPES = {".js": "text/javascript; charset=utf-8", ".json": "application/json; charset=utf-8"}


@embed.get("/<path:name>")
def script(name: str) -> Response:
    """Return the script, or one of the files that it loads."""
    file = Path(safe_join(str(_FOLDER), name) or "")
    if file.suffix not in _TYPES or not file.is_file():
        abort(404)
    response = Response(file.read_bytes(), content_type=_TYPES[file.suffix])
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # Asked for each time, so that the script and the files it loads are always of one release.
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response
