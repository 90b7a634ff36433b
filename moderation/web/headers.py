"""Headers that every answer carries."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect

from moderation.settings import Settings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def add_headers(app: Flask, settings: Settings) -> None:
    """Make every answer of the application carry the security headers, where its door set none of its own."""

    defaults = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        # Our own forms are told from forged ones by the Referer too, where https is used.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if settings.secure:
        defaults["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        if isinstance(request.routing_exception, RequestRedirect):
            _stay_here(response, request.routing_exception.new_url)
        known = {name.lower() for name, _ in headers}
        for name, value in defaults.items():
            if name.lower() not in known:
                headers.add(name, value)
        if request.path.startswith("/dashboard"):
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


def _stay_here(response: Response, address: str) -> None:
    """Lead from a path that is not quite right to the right one; the name of the host is a stranger's word."""
    there = urlsplit(address)
    response.location = "/" + there.path.lstrip("/") + (f"?{there.query}" if there.query else "")
    response.set_data(b"")
