"""What every call under /api/v1 passes: the limits on its form on the way in, the origins on the way out."""

import json
from contextlib import suppress
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, request
from msgspec import Struct
from sqlalchemy import select

from moderation.foundation.errors import Outage, Refused
from moderation.foundation.text import normalise, refuse_controls
from moderation.intake.gate import MAX_BYTES, accept, read_json
from moderation.records import Origin, Site
from moderation.web.api.bearer import note_use
from moderation.web.house import house

api = Blueprint("api", __name__, url_prefix="/api/v1")

M = TypeVar("M", bound=Struct)
_PUBLIC = "public_to_every_origin"
_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-None-Match"


def public(view: Any) -> Any:
    """Mark a view whose answer is for everybody, on every origin."""
    setattr(view, _PUBLIC, True)
    return view


def body_as(model: type[M]) -> M:
    """Return the request's body as a model.

    Raises:
        Refused: in the words of the input gate.
    """
    return accept(model, read_json(request.get_data(cache=False), content_type=request.content_type))


def argument(name: str, *, longest: int, default: str | None = None) -> str:
    """Return a parameter of the address.

    Raises:
        Refused: when it is missing, given twice, too long or odd.
    """
    given = request.args.getlist(name)
    if not given and default is not None:
        return default
    if len(given) != 1:
        raise Refused(f"{name}: give it once.", field=name)
    return _checked(name, given[0], longest)


def arguments(name: str, *, longest: int, most: int) -> list[str]:
    """Return a parameter that may be given several times.

    Raises:
        Refused: when there is none, or there are too many.
    """
    given = request.args.getlist(name)
    if not 1 <= len(given) <= most:
        raise Refused(f"{name}: give it one to {most} times.", field=name)
    return [_checked(name, value, longest) for value in given]


def answer(document: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def about(site: Site) -> Site:
    """Note which site this call is about, so that only its origins may read the answer."""
    g.origins = frozenset(origin.origin for origin in site.origins)
    return site


@api.before_request
def check_form() -> Response | None:
    """Answer preflights; refuse bodies without a length, or too long, before they are read."""
    if request.method == "OPTIONS":
        return Response(status=204)
    if "Transfer-Encoding" in request.headers and request.content_length is None:
        raise Refused("A body needs its Content-Length.", code="length_required")
    if (request.content_length or 0) > MAX_BYTES:
        raise Refused("That is more than can be taken at once (128 KB).", code="too_large")
    return None


@api.after_request
def note_session_use(response: Response) -> Response:
    """Note that the caller's session is in use; an answer does not fail for that."""
    with suppress(Outage):
        note_use()
    return response


@api.after_request
def add_origins(response: Response) -> Response:
    """Let the blogs read the answer that may: every origin what is public, a site's own origins the rest."""
    headers = response.headers
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    origin = request.headers.get("Origin")
    if getattr(current_app.view_functions.get(request.endpoint or ""), _PUBLIC, False):
        headers["Access-Control-Allow-Origin"] = "*"
    else:
        headers.add("Vary", "Origin")
        if origin and _may_read(origin):
            headers["Access-Control-Allow-Origin"] = origin
    if "Access-Control-Allow-Origin" in headers:
        headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = _METHODS
            headers["Access-Control-Allow-Headers"] = _HEADERS
            headers["Access-Control-Max-Age"] = "7200"
    return response


def _checked(name: str, value: str, longest: int) -> str:
    value = normalise(value, field=name)
    refuse_controls(value, field=name)
    if not 1 <= len(value) <= longest:
        raise Refused(f"{name}: must have 1 to {longest} characters.", field=name)
    return value


def _may_read(origin: str) -> bool:
    known = g.get("origins")
    if known is not None:
        return origin in known
    # A preflight, or a call that failed before its site was known: any registered origin may read why.
    with house().database.reading() as db:
        return db.scalar(select(Origin.origin).where(Origin.origin == origin).limit(1)) is not None
