"""Apple, as far as signing in goes.

Source: developer.apple.com, "Sign in with Apple REST API", "Creating a client secret", TN3107 "Resolving Sign in with
Apple response errors".
"""

import json
import time
from html import escape
from typing import Any

from flask import Response, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tests.providers.fake import CLIENT_ID, Fake, said_as

ISSUER = "https://appleid.apple.com"
TEAM, KEY_ID = "A1B2C3D4E5", "K9L8M7N6P5"
_KEY = ECKey.generate_key("P-256")
P8 = _KEY.as_pem(private=True).decode()
_SIX_MONTHS = 15_777_000


class FakeApple(Fake):
    """Apple with one Services ID.

    Attributes:
        name: what the reader agrees to be called; told the first time only, in the form and nowhere else.
        user: what the ID token says.
    """

    hosts = ("appleid.apple.com",)
    lasts = 300.0

    def open(self) -> None:
        self.name: dict[str, str] | None = {"firstName": "Alice", "lastName": "Writes"}
        self.user: dict[str, Any] = {
            "sub": "001809.a3f7a1b2c3d4e5f60718293a4b5c6d7e.1414",
            "email": "x7k2m9@privaterelay.appleid.com",
            "email_verified": "true",
            "is_private_email": "true",
        }
        self.app.get("/appleid.apple.com/auth/authorize")(self._authorize)
        self.app.post("/appleid.apple.com/auth/token")(self._token)
        self.app.get("/appleid.apple.com/auth/keys")(self.published_keys)

    def _authorize(self) -> Any:
        given = request.args
        if given.get("client_id") != self.client_id:
            return said_as(400, "invalid_client")
        if given.get("redirect_uri") != self.redirect_uri:
            return said_as(400, "invalid_request: Invalid web redirect url.")
        if given.get("response_type") != "code" or not {*given.get("scope", "").split()} <= {"name", "email"}:
            return said_as(400, "invalid_scope")
        if given.get("scope") and given.get("response_mode") != "form_post":
            return said_as(
                400, "invalid_request: response_mode must be form_post when name or email scope is requested."
            )
        if self.denies:
            return _form(given["redirect_uri"], state=given["state"], error="user_cancelled_authorize")
        more = {}
        if self.name is not None:
            more["user"] = json.dumps({"name": self.name, "email": self.user["email"]})
            self.name = None
        return _form(given["redirect_uri"], state=given["state"], code=self.grant(given), **more)

    def _token(self) -> Response:
        given = self.posted()
        if given is None or given[0] != self.client_id or not _is_signed(given[1]):
            return said_as(400, {"error": "invalid_client"})
        if request.form.get("grant_type") != "authorization_code":
            return said_as(400, {"error": "unsupported_grant_type"})
        grant = self.redeem(request.form)
        if grant is None:
            why = "The code has expired or has been revoked."
            return said_as(400, {"error": "invalid_grant", "error_description": why})
        claims = {"nonce_supported": True, **self.user}
        if "email" not in grant.scope:
            claims = {name: value for name, value in claims.items() if "email" not in name}
        token = {"access_token": self.hand_out(grant), "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r"}
        return said_as(200, token | {"id_token": self.id_token(ISSUER, grant, **claims)})


def _is_signed(secret: str) -> bool:
    try:
        token = jwt.decode(secret, _KEY, algorithms=["ES256"])
    except (JoseError, ValueError):
        return False
    now, claims = time.time(), token.claims
    expected = {"iss": TEAM, "sub": CLIENT_ID, "aud": ISSUER}
    if {name: claims.get(name) for name in expected} != expected or token.header.get("kid") != KEY_ID:
        return False
    return bool(claims["iat"] <= now + 60 and now < claims["exp"] <= now + _SIX_MONTHS)


def _form(action: str, **fields: str) -> Response:
    """Return the page that posts itself."""
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    page = f'<form method="post" action="{escape(action)}">{inputs}</form><script>document.forms[0].submit()</script>'
    return Response(page, content_type="text/html;charset=utf-8")
