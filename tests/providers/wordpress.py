"""WordPress.com, as far as signing in goes: its older OAuth 2, and its OpenID Connect.

Source: developer.wordpress.com, "WordPress.com Connect", "OAuth2 Authentication", "GET /me/"; the metadata that
public-api.wordpress.com publishes.
"""

from typing import Any

from flask import Response, jsonify, request

from tests.providers.fake import Fake, said_as

_HOST = "https://public-api.wordpress.com"


class FakeWordpress(Fake):
    """WordPress.com with one app.

    Attributes:
        subject: what its OpenID Connect calls the reader; nobody said that it is the number.
        nonce: what its OpenID Connect returns instead of the one it got.
    """

    hosts = ("public-api.wordpress.com",)

    def open(self) -> None:
        self.user: dict[str, Any] = {
            "ID": 78972699,
            "display_name": "Alice",
            "username": "alicewrites",
            "email": "alice@mail.example",
            "verified": True,
            "primary_blog": 84170531,
            "avatar_URL": "https://1.gravatar.com/avatar/5dac8ca0?s=96&d=identicon",
            "profile_URL": "https://gravatar.com/alicewrites",
        }
        self.subject, self.nonce = "wpcom-7f3a", ""
        api = "/public-api.wordpress.com"
        self.app.get(f"{api}/oauth2/authenticate")(self._authenticate)
        self.app.post(f"{api}/oauth2/token")(self._token)
        self.app.get(f"{api}/rest/v1.1/me")(self._me)
        self.app.get(f"{api}/.well-known/openid-configuration")(self._discovery)
        self.app.get(f"{api}/.well-known/jwks.json")(self.published_keys)
        self.app.get(f"{api}/oauth2-1/authorize")(self._authorize)
        self.app.post(f"{api}/oauth2-1/token")(self._openid_token)

    def _authenticate(self) -> Any:
        given = request.args
        if not self.knows_client(given):
            return said_as(400, "Invalid request: invalid_request, Mismatch in redirect_uri.")
        if given.get("response_type") != "code" or given.get("scope") != "auth":
            return said_as(400, "Invalid request: unsupported_response_type")
        return self._asked_reader(pkce=False)

    def _authorize(self) -> Any:
        given = request.args
        if not self.knows_client(given):
            return said_as(400, "Invalid request: invalid_request, Mismatch in redirect_uri.")
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            return self.send_back(error="invalid_request", error_description="PKCE is required.")
        return self._asked_reader(pkce=True)

    def _asked_reader(self, *, pkce: bool) -> Any:
        if self.denies:
            why = "You need to log in to WordPress.com and allow access."
            return self.send_back(error="access_denied", error_description=why)
        return self.send_back(code=self.grant(request.args, pkce=pkce))

    def _token(self) -> Response:
        # Only what stands in the form counts.
        refused = self._refuse(self.posted())
        if refused:
            return refused
        grant = self.redeem(request.form)
        if grant is None:
            return _refused("invalid_grant", "Invalid authorization code.")
        more = {"token_type": "bearer", "blog_id": "0", "blog_url": None, "scope": "auth"}
        return said_as(200, {"access_token": self.hand_out(grant), **more})

    def _openid_token(self) -> Response:
        refused = self._refuse(self.basic() or self.posted())
        if refused:
            return refused
        grant = self.redeem(request.form)
        if grant is None:
            return _refused("invalid_grant", "Invalid authorization code.")
        token = {"access_token": self.hand_out(grant), "token_type": "bearer", "expires_in": 1209600}
        if "openid" in grant.scope:
            grant.nonce = self.nonce or grant.nonce
            token["id_token"] = self.id_token(_HOST, grant, sub=self.subject, name=self.user["display_name"])
        return said_as(200, token)

    def _refuse(self, credentials: tuple[str, str] | None) -> Response | None:
        if request.form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type", "The grant type is not supported.")
        if credentials is None or credentials[0] != self.client_id:
            return _refused("invalid_client", "Unknown client_id.")
        if not self.is_client(credentials):
            return _refused("invalid_client", "Incorrect client_secret.")
        return None

    def _me(self) -> Response:
        grant = self.bearer()
        if grant is None:
            return said_as(400, {"error": "invalid_token", "message": "The OAuth2 token is invalid."})
        if "auth" not in grant.scope:
            wants = "Required token scope is missing."
            return said_as(403, {"error": "unauthorized", "message": wants})
        return said_as(200, self.user)

    def _discovery(self) -> Response:
        return jsonify(
            {
                "issuer": _HOST,
                "authorization_endpoint": f"{_HOST}/oauth2-1/authorize",
                "token_endpoint": f"{_HOST}/oauth2-1/token",
                "userinfo_endpoint": f"{_HOST}/oauth2-1/userinfo",
                "jwks_uri": f"{_HOST}/.well-known/jwks.json",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
                "code_challenge_methods_supported": ["S256"],
            }
        )


def _refused(error: str, description: str) -> Response:
    return said_as(400, {"error": error, "error_description": description})
