"""Facebook, as far as signing in and taking it back goes.

Source: developers.facebook.com, "Manually Build a Login Flow", "Secure Graph API Calls", "Handling Errors", "Data
Deletion Request Callback"; answers of the real one, as people report them.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from flask import Response, request

from tests.providers.fake import Fake, Grant, said_as

_VERSIONS = ("v25.0", "v26.0")


class FakeFacebook(Fake):
    """Facebook with one app that requires its secret.

    Attributes:
        declines: permissions that the reader takes out in the dialog.
        problem: the answer to everything in the Graph.
    """

    hosts = ("www.facebook.com", "graph.facebook.com")

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "id": "10224440000000001",
            "name": "Alice",
            "email": "alice@mail.example",
            "picture": {"data": {"url": "https://platform-lookaside.fbsbx.com/face.jpg", "is_silhouette": False}},
        }
        self.declines: set[str] = set()
        self.problem: tuple[int, dict[str, Any]] | None = None
        self.spent: set[str] = set()
        for version in _VERSIONS:
            self.app.get(f"/www.facebook.com/{version}/dialog/oauth", endpoint=f"{version}-dialog")(self._dialog)
            graph = f"/graph.facebook.com/{version}"
            token = self.app.route(f"{graph}/oauth/access_token", methods=["GET", "POST"], endpoint=f"{version}-token")
            token(self._token)
            self.app.get(f"{graph}/me", endpoint=f"{version}-me")(self._me)

    def signed_request(self) -> str:
        """Return what Facebook posts to us about the reader."""
        return signed_request(self.client_secret, user_id=self.user["id"], issued_at=int(self.now()))

    def _dialog(self) -> Any:
        given = request.args
        if given.get("client_id") != self.client_id:
            return said_as(400, "Invalid App ID: The provided app ID does not look like a valid app ID.")
        if not self.knows_client(given) or not given.get("state"):
            return said_as(400, "URL Blocked: This redirect failed because the redirect URI is not whitelisted.")
        if self.denies:
            return self.send_back(
                error="access_denied",
                error_code="200",
                error_description="Permissions error",
                error_reason="user_denied",
                fragment="#_=_",
            )
        # What it does not know, such as PKCE without OpenID, it passes over.
        return self.send_back(code=self.grant(given, pkce=False, separator=","), fragment="#_=_")

    def _token(self) -> Response:
        given = request.values
        if self.problem:
            return said_as(*self.problem)
        if given.get("client_id") != self.client_id:
            return _error(101, "Error validating application. Cannot get application info due to a system error.")
        if given.get("client_secret") != self.client_secret:
            return _error(1, "Error validating client secret.")
        code = given.get("code", "")
        waiting = self.codes.get(code)
        if code in self.spent:
            return _error(100, "This authorization code has been used.", error_subcode=36009)
        if waiting is None:
            return _error(100, "Invalid verification code format.")
        if given.get("redirect_uri") != waiting.redirect_uri:
            differs = "Error validating verification code. Please make sure your redirect_uri is identical to the one"
            return _error(100, f"{differs} you used in the OAuth dialog request", error_subcode=36008)
        self.spent.add(code)
        grant = self.redeem(given)
        if grant is None:
            return _error(100, "This authorization code has expired.", error_subcode=36007)
        return said_as(200, {"access_token": self.hand_out(grant), "token_type": "bearer", "expires_in": 5183944})

    def _me(self) -> Response:
        if self.problem:
            return said_as(*self.problem)
        grant = self.bearer()
        if grant is None:
            return _error(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        proof = hmac.new(self.client_secret.encode(), grant.token.encode(), hashlib.sha256).hexdigest()
        if "appsecret_proof" not in request.args:
            return _error(100, "API calls from the server require an appsecret_proof argument", "GraphMethodException")
        if request.args["appsecret_proof"] != proof:
            return _error(100, "Invalid appsecret_proof provided in the API argument", "GraphMethodException")
        return said_as(200, self._fields(grant))

    def _fields(self, grant: Grant) -> dict[str, Any]:
        asked = request.args.get("fields", "id,name")
        allowed = grant.scope - self.declines
        names = {"id", "name"} | ({"email"} if "email" in allowed and "email" in asked.split(",") else set())
        if "picture.width(200).height(200){url,is_silhouette}" in asked:
            names.add("picture")
        return {name: value for name, value in self.user.items() if name in names}


def signed_request(secret: str, *, algorithm: str = "HMAC-SHA256", **about: Any) -> str:
    """Return a note as Facebook signs it."""
    payload = packed(json.dumps({"algorithm": algorithm, **about}).encode())
    return f"{packed(hmac.digest(secret.encode(), payload.encode(), 'sha256'))}.{payload}"


def packed(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _error(code: int, message: str, kind: str = "OAuthException", *, status: int = 400, **more: Any) -> Response:
    return said_as(status, {"error": {"message": message, "type": kind, "code": code, **more, "fbtrace_id": "AbC"}})
