"""What the doors of signing in share: the attempt's cookie, the calls to providers, the pages being looked at."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, url_for

from moderation.identity.attempt import LIFETIME
from moderation.identity.calls import Calls, Documents
from moderation.identity.instances import Instances
from moderation.identity.verify import Verifier
from moderation.web.house import House, house


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIn:
    """What all sign-ins of this process share."""

    documents: Documents
    verifier: Verifier
    instances: Instances


def build(app: Flask) -> None:
    """Build what is shared, once for the application."""
    home: House = app.extensions["house"]
    verifier = Verifier(home.database, home.outbound, public_url=home.settings.public_url, clock=home.now)
    app.extensions["signing_in"] = SigningIn(
        documents=Documents(), verifier=verifier, instances=Instances(home.database, home.keys)
    )


def verifier() -> Verifier:
    """Return what looks at the blogs' pages."""
    return cast("SigningIn", current_app.extensions["signing_in"]).verifier


def calls() -> Calls:
    """Return the way out for one request."""
    shared = cast("SigningIn", current_app.extensions["signing_in"])
    return Calls(house().outbound, shared.documents, house().now(), instances=shared.instances)


def at_number() -> bool:
    """Tell whether the browser came to 127.0.0.1 in a trial at localhost, where it keeps its cookies.

    Some providers know this machine by its number only.
    """
    public = urlsplit(house().settings.public_url)
    return public.scheme == "http" and public.hostname == "localhost" and request.host.startswith("127.0.0.1")


def cookie_name(attempt: str) -> str:
    """Return the name of the cookie that binds an attempt to the browser; one for each, so that tabs do not meet."""
    return f"__Host-attempt-{attempt}" if house().settings.secure else f"attempt-{attempt}"


def set_cookie(response: Response, attempt: str, value: str) -> None:
    """Bind an attempt to the browser."""
    response.set_cookie(
        cookie_name(attempt),
        value,
        max_age=LIFETIME,
        secure=house().settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def leave_for(address: str) -> Response:
    """Send the browser on, by GET."""
    return cast("Response", redirect(address, 303))


def to_done(attempt: str) -> Response:
    """Send the browser to the last page, which hands over whatever came of it."""
    return leave_for(url_for("login.done", attempt_id=attempt))
