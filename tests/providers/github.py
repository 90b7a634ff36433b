"""GitHub, as far as signing in goes.

Source: docs.github.com, "Authorizing OAuth apps", "Troubleshooting OAuth app access token request errors", "Get the
authenticated user", "List email addresses for the authenticated user".
"""

from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from tests.providers.fake import Fake, said_as


class FakeGitHub(Fake):
    """GitHub with one OAuth app.

    Attributes:
        issuer: what it says in the answer that it is; None for the servers that say nothing.
        hides_emails: the application may not see addresses.
    """

    hosts = ("github.com", "api.github.com")

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "login": "alicewrites",
            "id": 583231,
            "node_id": "MDQ6VXNlcjU4MzIzMQ==",
            "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4",
            "html_url": "https://github.com/alicewrites",
            "type": "User",
            "name": "Alice",
            "email": "shown@mail.example",
        }
        self.emails: list[dict[str, Any]] = [
            {"email": "old@mail.example", "primary": False, "verified": True, "visibility": None},
            {"email": "alice@mail.example", "primary": True, "verified": True, "visibility": "private"},
        ]
        self.issuer: str | None = "https://github.com/login/oauth"
        self.hides_emails = False
        self.app.get("/github.com/login/oauth/authorize")(self._authorize)
        self.app.post("/github.com/login/oauth/access_token")(self._token)
        self.app.get("/api.github.com/user")(self._user)
        self.app.get("/api.github.com/user/emails")(self._emails)

    def _authorize(self) -> Any:
        given = request.args
        if given.get("client_id") != self.client_id:
            return said_as(404, "Not Found")
        if given.get("redirect_uri") != self.redirect_uri:
            return said_as(400, "The redirect_uri is not associated with this application.")
        if self.denies:
            why = "The user has denied your application access."
            return self.send_back(error="access_denied", error_description=why, iss=self.issuer)
        return self.send_back(code=self.grant(given), iss=self.issuer)

    def _token(self) -> Response:
        given = self.posted()
        if given is None or given[0] != self.client_id:
            return said_as(404, {"error": "Not Found"})
        if not self.is_client(given):
            return _answer(
                error="incorrect_client_credentials",
                error_description="The client_id and/or client_secret passed are incorrect.",
            )
        if request.form.get("redirect_uri") != self.redirect_uri:
            return _answer(error="redirect_uri_mismatch", error_description="The redirect_uri MUST match.")
        grant = self.redeem(request.form)
        if grant is None:
            return _answer(error="bad_verification_code", error_description="The code passed is incorrect or expired.")
        scope = ",".join(sorted(grant.scope))
        return _answer(access_token=self.hand_out(grant), scope=scope, token_type="bearer")

    def _user(self) -> Response:
        return self._refuse() or said_as(200, self.user)

    def _emails(self) -> Response:
        refused = self._refuse()
        if refused:
            return refused
        grant = self.bearer()
        if self.hides_emails or grant is None or not {"user", "user:email"} & grant.scope:
            return said_as(404, {"message": "Not Found"})
        return said_as(200, self.emails)

    def _refuse(self) -> Response | None:
        if not request.headers.get("User-Agent"):
            return said_as(403, "Request forbidden by administrative rules. Please have a User-Agent header.")
        return None if self.bearer() else said_as(401, {"message": "Bad credentials", "status": "401"})


def _answer(**said: str) -> Response:
    """Answer as it does, always with 200, and with JSON only if that is asked for."""
    if "application/json" in request.headers.get("Accept", ""):
        return said_as(200, said)
    return Response(urlencode(said), content_type="application/x-www-form-urlencoded; charset=utf-8")
