"""X, as far as signing in goes.

Source: docs.x.com, "OAuth 2.0 Authorization Code Flow with PKCE", "Get my User", "Response codes and errors"; answers
of the real one, as people report them.
"""

from typing import Any

from flask import Response, request

from tests.lying_issuer import challenge_of
from tests.providers.fake import Fake, Grant, said_as

_SCOPES = {"tweet.read", "users.read", "users.email", "offline.access"}
_ALWAYS = ("id", "name", "username")
_CREDITS = "https://api.twitter.com/2/problems/credits"


class FakeX(Fake):
    """X with one app, which is a confidential client.

    Attributes:
        gives_email: "Request email from users" is on.
        credits: sign-ins that are paid for.
        spending: what is left of the owner's own limit.
        errors: stands in the answer instead of data.
    """

    hosts = ("x.com", "api.x.com")
    lasts = 30.0

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "id": "2244994945",
            "name": "Alice",
            "username": "alice_writes",
            "profile_image_url": "https://pbs.twimg.com/profile_images/1/face_normal.jpg",
            "confirmed_email": "alice@mail.example",
            "verified": False,
        }
        self.gives_email, self.credits, self.spending = False, 100, 100
        self.errors: list[dict[str, Any]] | None = None
        self.app.get("/x.com/i/oauth2/authorize")(self._authorize)
        self.app.post("/api.x.com/2/oauth2/token")(self._token)
        self.app.get("/api.x.com/2/users/me")(self._me)

    def _authorize(self) -> Any:
        given = request.args
        scopes = set(given.get("scope", "").split())
        allowed = _SCOPES if self.gives_email else _SCOPES - {"users.email"}
        in_order = (
            self.knows_client(given)
            and given.get("response_type") == "code"
            and given.get("state")
            and len(given.get("code_challenge", "")) == 43
            and given.get("code_challenge_method") == "S256"
            and scopes
            and scopes <= allowed
        )
        if not in_order:
            return said_as(400, "Something went wrong. You weren't able to give access to the App.")
        if self.denies:
            return self.send_back(error="access_denied")
        return self.send_back(code=self.grant(given))

    def _token(self) -> Response:
        given = request.form
        if not self.is_client(self.basic()):
            return _refused("unauthorized_client", "Missing valid authorization header", 401)
        for name in ("grant_type", "code", "redirect_uri", "code_verifier"):
            if not given.get(name):
                return _refused("invalid_request", f"Missing required parameter [{name}].")
        waiting = self.codes.get(given["code"])
        if waiting is not None and challenge_of(given["code_verifier"]) != waiting.challenge:
            return _refused("invalid_request", "Value passed for the code verifier did not match the code challenge.")
        grant = self.redeem(given)
        if grant is None:
            return _refused("invalid_request", "Value passed for the authorization code was invalid.")
        scope = " ".join(sorted(grant.scope))
        token = {"token_type": "bearer", "expires_in": 7200, "access_token": self.hand_out(grant), "scope": scope}
        return said_as(200, token)

    def _me(self) -> Response:
        grant = self.bearer()
        if grant is None:
            return _problem(401, "Unauthorized", "Unauthorized", "about:blank")
        if not {"users.read", "tweet.read"} <= grant.scope:
            return _problem(403, "Forbidden", "You are not permitted to perform this action.", "about:blank")
        if self.credits < 1:
            account = "Your enrolled account [2036532529868496897] does not have any credits to fulfill this request."
            return _problem(402, "CreditsDepleted", account, _CREDITS)
        if self.spending < 1:
            cap = "Your enrolled account [2036532529868496897] has reached its billing cycle spend cap."
            return _problem(403, "SpendCapReached", cap, _CREDITS)
        if self.errors is not None:
            return said_as(200, {"errors": self.errors})
        self.credits -= 1
        return said_as(200, {"data": self._fields(grant)})

    def _fields(self, grant: Grant) -> dict[str, Any]:
        asked = {*_ALWAYS, *request.args.get("user.fields", "").split(",")}
        if "users.email" not in grant.scope:
            asked -= {"confirmed_email"}
        return {name: value for name, value in self.user.items() if name in asked}


def _refused(error: str, description: str, status: int = 400) -> Response:
    return said_as(status, {"error": error, "error_description": description})


def _problem(status: int, title: str, detail: str, kind: str) -> Response:
    return said_as(status, {"title": title, "detail": detail, "type": kind, "status": status})
