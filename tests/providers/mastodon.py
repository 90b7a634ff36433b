"""A Mastodon server, as far as signing in goes.

Source: docs.joinmastodon.org, "apps API methods", "oauth API methods", "accounts API methods", "OAuth Scopes".
"""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from tests.providers.fake import Fake, said_as

HOST = "social.test"
_UNKNOWN = (
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method."
)
_SCOPES = ("read", "profile", "write", "write:accounts", "read:accounts", "follow", "push")


@dataclass(frozen=True, kw_only=True)
class App:
    """Who registered here."""

    name: str
    secret: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]


class FakeMastodon(Fake):
    """One server.

    Attributes:
        old: it is of a time before 4.3: no metadata, no narrow scope, no PKCE.
        metadata: what it publishes beside, or instead of, the usual.
        apps: who registered here, by client id.
        logins: whether the reader was made to sign in anew, of each visit.
    """

    hosts = (HOST,)

    def open(self) -> None:
        self.old = False
        self.metadata: dict[str, Any] = {}
        self.apps: dict[str, App] = {}
        self.owners: dict[str, str] = {}
        self.logins: list[bool] = []
        self.account: dict[str, Any] = {
            "id": "14715",
            "username": "alice",
            "acct": "alice",
            "display_name": "Alice :blobcat:",
            "url": f"https://{HOST}/@alice",
            "uri": f"https://{HOST}/users/alice",
            "avatar": "https://files.social.test/accounts/avatars/alice.png",
            "emojis": [{"shortcode": "blobcat", "url": "https://files.social.test/blobcat.png"}],
        }
        self.app.get(f"/{HOST}/.well-known/oauth-authorization-server")(self._metadata)
        self.app.post(f"/{HOST}/api/v1/apps")(self._register)
        self.app.get(f"/{HOST}/oauth/authorize")(self._authorize)
        self.app.post(f"/{HOST}/oauth/token")(self._token)
        self.app.get(f"/{HOST}/api/v1/accounts/verify_credentials")(self._verify)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(scope for scope in _SCOPES if not self.old or scope != "profile")

    def _metadata(self) -> Response:
        if self.old:
            return said_as(404, "<html>The page you are looking for isn't here.</html>")
        usual = {
            "issuer": f"https://{HOST}/",
            "authorization_endpoint": f"https://{HOST}/oauth/authorize",
            "token_endpoint": f"https://{HOST}/oauth/token",
            "app_registration_endpoint": f"https://{HOST}/api/v1/apps",
            "scopes_supported": list(self.scopes),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return jsonify(usual | self.metadata)

    def _register(self) -> Response:
        given = request.form
        scopes = frozenset(given.get("scopes", "read").split())
        if not given.get("client_name") or not given.get("redirect_uris", "").startswith("http"):
            return said_as(422, {"error": "Validation failed: Redirect URI must be an absolute URI."})
        if not scopes <= set(self.scopes):
            return said_as(422, {"error": "Validation failed: Scopes doesn't match configured on the server."})
        client_id, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        uris = tuple(given["redirect_uris"].split())
        self.apps[client_id] = App(name=given["client_name"], secret=secret, redirect_uris=uris, scopes=scopes)
        said = {"id": "563419", "name": given["client_name"], "website": given.get("website"), "scopes": sorted(scopes)}
        said |= {"redirect_uri": given["redirect_uris"], "redirect_uris": list(uris)}
        return jsonify(said | {"client_id": client_id, "client_secret": secret, "client_secret_expires_at": 0})

    def _authorize(self) -> Any:
        given = request.args
        app = self.apps.get(given.get("client_id", ""))
        if app is None:
            # It has nowhere to send the reader back to.
            return said_as(401, f"<html>{_UNKNOWN}</html>")
        scopes = set(given.get("scope", "read").split())
        if given.get("redirect_uri") not in app.redirect_uris or given.get("response_type") != "code":
            return said_as(422, "<html>The redirect uri included is not valid.</html>")
        if not scopes <= app.scopes:
            return self.send_back(error="invalid_scope", error_description="The requested scope is invalid.")
        self.logins.append(given.get("force_login") == "true")
        if self.denies:
            said = "The resource owner or authorization server denied the request."
            return self.send_back(error="access_denied", error_description=said)
        code = self.grant(given, pkce=not self.old)
        self.owners[code] = given["client_id"]
        return self.send_back(code=code)

    def _token(self) -> Response:
        given = request.form
        app = self.apps.get(given.get("client_id", ""))
        if app is None or given.get("client_secret") != app.secret:
            return said_as(401, {"error": "invalid_client", "error_description": _UNKNOWN})
        if given.get("grant_type") == "client_credentials":
            if not set(given.get("scope", "read").split()) <= app.scopes:
                return said_as(400, {"error": "invalid_scope", "error_description": "The requested scope is invalid."})
            return jsonify({"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "scope": given["scope"]})
        owner = self.owners.pop(given.get("code", ""), None)
        grant = self.redeem(given)
        if given.get("grant_type") != "authorization_code" or grant is None or owner != given["client_id"]:
            said = "The provided authorization grant is invalid, expired, revoked, or was issued to another client."
            return said_as(400, {"error": "invalid_grant", "error_description": said})
        scope = " ".join(sorted(grant.scope))
        token = {"access_token": self.hand_out(grant), "token_type": "Bearer", "scope": scope}
        return jsonify(token | {"created_at": int(self.now())})

    def _verify(self) -> Response:
        grant = self.bearer()
        if grant is None:
            return said_as(401, {"error": "The access token is invalid"})
        if not grant.scope & {"profile", "read", "read:accounts"}:
            return said_as(403, {"error": "This action is outside the authorized scopes"})
        return jsonify(self.account)
