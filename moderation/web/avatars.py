"""People's pictures: those we made from a provider's, and a drawn one for everybody else."""

import re
from typing import Final

from flask import Blueprint, Response, abort

from moderation.foundation.errors import Missing
from moderation.identity.identicon import identicon
from moderation.records import Avatar
from moderation.web.house import house

avatars = Blueprint("avatars", __name__, url_prefix="/avatars")

_NAME: Final = re.compile(r"(?P<id>[0-9a-f]{32})(?P<large>-large)?\.webp|(?P<person>p_[0-9A-Za-z]{22})\.svg")


@avatars.get("/<name>")
def show(name: str) -> Response:
    """Return a picture; its address never stands for another one, so it is kept for good."""
    found = _NAME.fullmatch(name)
    if found is None:
        abort(404)
    if found["person"]:
        drawn = identicon(house().keys.keyed_hash("identicon", found["person"]))
        return _lasting(Response(drawn, content_type="image/svg+xml; charset=utf-8"))
    with house().database.reading() as db:
        avatar = db.get(Avatar, found["id"])
    if avatar is None:
        raise Missing("This picture is not there any more.")
    return _lasting(Response(avatar.large if found["large"] else avatar.small, content_type="image/webp"))


def _lasting(response: Response) -> Response:
    headers = response.headers
    headers["Cache-Control"] = "public, max-age=31536000, immutable"
    # Shown on blogs, also on those that ask their pictures to say so.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response
