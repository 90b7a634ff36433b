"""What goes wrong, told: a problem document under /api, a page elsewhere."""

import json
import logging
import traceback

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from moderation.foundation.errors import Conflict, Missing, NotAllowed, Outage, Problem, Refused, TooMany

_LOG = logging.getLogger(__name__)
_REFUSALS = {"malformed": 400, "length_required": 411, "too_large": 413, "unsupported_type": 415}
_TITLES = {
    400: "Bad request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Conflict",
    411: "Length required",
    413: "Too large",
    415: "Unsupported type",
    422: "Cannot be taken",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available",
}


def handle_errors(app: Flask) -> None:
    """Turn everything raised below into an answer with a sentence."""

    @app.errorhandler(Problem)
    def told(problem: Problem) -> Response:
        status = status_of(problem)
        if isinstance(problem, Outage):
            _LOG.warning("outage", extra={"endpoint": request.endpoint, "problem": type(problem.__cause__).__name__})
        response = _answer(status, problem.message, problem.field)
        if isinstance(problem, (TooMany, Outage)):
            response.headers["Retry-After"] = str(problem.retry_after)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.errorhandler(HTTPException)
    def from_flask(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        response = _answer(error.code, _sentence(error), None)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unplanned(error: Exception) -> Response:
        # An exception's message may hold what a person typed, so only its kind and place are logged.
        where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-12:]
        _LOG.error("unplanned", extra={"endpoint": request.endpoint, "kind": type(error).__name__, "where": where})
        return _answer(500, "Something went wrong on our side. Nothing you wrote is lost; please try again.", None)


def status_of(problem: Problem) -> int:
    """Return the HTTP status that tells a problem."""
    match problem:
        case Refused():
            return _REFUSALS.get(problem.code, 422)
        case NotAllowed():
            return 403 if problem.signed_in else 401
        case Missing():
            return 404
        case Conflict():
            return 409
        case TooMany():
            return 429
        case Outage():
            return 503
    return 500


def _answer(status: int, detail: str, field: str | None) -> Response:
    title = _TITLES.get(status, "Not possible")
    if not request.path.startswith("/api/"):
        return Response(render_template("layout/problem.html", title=title, detail=detail), status=status)
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if field is not None:
        document["field"] = field
    return Response(json.dumps(document), status=status, content_type="application/problem+json")


def _sentence(error: HTTPException) -> str:
    match error.code:
        case 404:
            return "There is nothing at this address."
        case 405:
            return "This address does not take that method."
        case 413:
            return "That is more than can be taken at once (128 KB)."
    if isinstance(error, InternalServerError):
        return "Something went wrong on our side. Nothing you wrote is lost; please try again."
    return error.description or "This request cannot be answered."
