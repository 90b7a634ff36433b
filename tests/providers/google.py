"""Google, as far as signing in goes.

Source: developers.google.com, "OpenID Connect"; the discovery document of accounts.google.com.
"""

from typing import Any

from flask import Response, jsonify, request

from tests.providers.fake import Fake, said_as

_ISSUER = "https://accounts.google.com"


class FakeGoogle(Fake):
    """Google with one web client."""

    hosts = ("accounts.google.com", "oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com")

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "sub": "110169484474386276334",
            "name": "Alice",
            "given_name": "Alice",
            "picture": "https://lh3.googleusercontent.com/a/face=s96-c",
            "email": "alice@mail.example",
            "email_verified": True,
        }
        self.app.get("/accounts.google.com/.well-known/openid-configuration")(self._discovery)
        self.app.get("/accounts.google.com/o/oauth2/v2/auth")(self._authorize)
        self.app.post("/oauth2.googleapis.com/token")(self._token)
        self.app.get("/www.googleapis.com/oauth2/v3/certs")(self.published_keys)
        self.app.get("/openidconnect.googleapis.com/v1/userinfo")(self._userinfo)

    def _authorize(self) -> Any:
        given = request.args
        if given.get("client_id") != self.client_id:
            return said_as(401, "Access blocked: Authorization Error. Error 401: invalid_client")
        if not self.knows_client(given):
            return said_as(400, "Access blocked: This app's request is invalid. Error 400: redirect_uri_mismatch")
        if given.get("response_type") != "code" or "openid" not in given.get("scope", "").split():
            return said_as(400, "Access blocked: Authorization Error. Error 400: invalid_request")
        if given.get("prompt", "none") not in ("none", "consent", "select_account"):
            return said_as(400, "Access blocked: Authorization Error. Error 400: invalid_request")
        if self.denies:
            return self.send_back(error="access_denied")
        scope = "email profile openid https://www.googleapis.com/auth/userinfo.email"
        return self.send_back(code=self.grant(given), scope=scope, authuser="0", prompt="consent")

    def _token(self) -> Response:
        given = self.basic() or self.posted()
        if given is None or given[0] != self.client_id:
            return _refused("invalid_client", "The OAuth client was not found.", 401)
        if not self.is_client(given):
            return _refused("invalid_client", "The provided client secret is invalid.", 401)
        if request.form.get("redirect_uri") != self.redirect_uri:
            return _refused("redirect_uri_mismatch", "Bad Request", 400)
        grant = self.redeem(request.form)
        if grant is None:
            return _refused("invalid_grant", "Bad Request", 400)
        token = {"access_token": self.hand_out(grant), "expires_in": 3599, "token_type": "Bearer"}
        scopes = {"profile": ("name", "given_name", "picture"), "email": ("email", "email_verified")}
        names = {"sub"}.union(*(names for scope, names in scopes.items() if scope in grant.scope))
        claims = {name: value for name, value in self.user.items() if name in names}
        token["id_token"] = self.id_token(_ISSUER, grant, azp=self.client_id, **claims)
        return said_as(200, token)

    def _userinfo(self) -> Response:
        return said_as(200, self.user) if self.bearer() else said_as(401, {"error": "invalid_request"})

    def _discovery(self) -> Response:
        return jsonify(
            {
                "issuer": _ISSUER,
                "authorization_endpoint": f"{_ISSUER}/o/oauth2/v2/auth",
                "token_endpoint": "https://oauth2.googleapis.com/token",
                "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
                "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["plain", "S256"],
            }
        )


def _refused(error: str, description: str, status: int) -> Response:
    return said_as(status, {"error": error, "error_description": description})
