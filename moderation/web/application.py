"""Flask, without what it does for applications that this one is not."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class FormSessions(SecureCookieSessionInterface):
    """Keeps what a form needs in a signed cookie, where there are forms."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; under /api nothing, and nothing can be added."""
        if request.path.startswith("/api/"):
            return self.make_null_session(app)
        return super().open_session(app, request)


class Application(Flask):
    """The application: no view of it is a coroutine, and under /api there are no cookies."""

    session_interface = FormSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is; Flask looks at each of a dozen, with each request, whether it is a coroutine."""
        return func
