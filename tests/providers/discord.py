"""Discord, as far as signing in goes.

Source: Discord's documentation, "OAuth2", "Get Current User", "User Agent".
"""

from typing import Any

from flask import Response, request

from tests.providers.fake import Fake, said_as


class FakeDiscord(Fake):
    """Discord with one application."""

    hosts = ("discord.com",)

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "id": "80351110224678912",
            "username": "alicewrites",
            "discriminator": "0",
            "global_name": "Alice",
            "avatar": "8342729096ea3675442027381ff50dfe",
            "mfa_enabled": True,
            "locale": "en-GB",
            "email": "alice@mail.example",
            "verified": True,
        }
        self.app.get("/discord.com/oauth2/authorize")(self._authorize)
        self.app.post("/discord.com/api/oauth2/token")(self._token)
        self.app.get("/discord.com/api/v10/users/@me")(self._me)

    def _authorize(self) -> Any:
        given = request.args
        if not self.knows_client(given):
            return said_as(400, "Invalid OAuth2 redirect_uri")
        if given.get("response_type") != "code" or not {*given.get("scope", "").split()} <= {"identify", "email"}:
            return said_as(400, "Invalid scope")
        if given.get("prompt", "consent") not in ("none", "consent"):
            return said_as(400, "Invalid Form Body")
        if self.denies:
            why = "The resource owner or authorization server denied the request"
            return self.send_back(error="access_denied", error_description=why)
        return self.send_back(code=self.grant(given))

    def _token(self) -> Response:
        if request.mimetype != "application/x-www-form-urlencoded":
            return said_as(400, {"message": "400: Bad Request", "code": 0})
        if not self.is_client(self.basic() or self.posted()):
            return said_as(401, {"error": "invalid_client"})
        grant = self.redeem(request.form)
        if grant is None:
            return said_as(400, {"error": "invalid_grant", "error_description": 'Invalid "code" in request.'})
        more = {"token_type": "Bearer", "expires_in": 604800, "refresh_token": "r", "scope": " ".join(grant.scope)}
        return said_as(200, {"access_token": self.hand_out(grant), **more})

    def _me(self) -> Response:
        if not request.headers.get("User-Agent"):
            return said_as(403, "error code: 1010")
        grant = self.bearer()
        if grant is None:
            return said_as(401, {"message": "401: Unauthorized", "code": 0})
        hidden = set() if "email" in grant.scope else {"email", "verified"}
        return said_as(200, {name: value for name, value in self.user.items() if name not in hidden})
