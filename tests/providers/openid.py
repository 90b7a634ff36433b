"""Microsoft, GitLab and LinkedIn, as far as signing in goes: OpenID Connect, each in its own way.

Source: learn.microsoft.com, "Microsoft identity platform and OAuth 2.0 authorization code flow", "ID token claims
reference"; docs.gitlab.com, "GitLab as OpenID Connect identity provider"; learn.microsoft.com/linkedin, "Authorization
Code Flow", "Sign In with LinkedIn using OpenID Connect".
"""

from typing import Any, ClassVar

from flask import Response, jsonify, request

from tests.lying_issuer import KEY
from tests.providers.fake import Fake, Grant, said_as

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


class FakeOpenId(Fake):
    """An OpenID Connect provider; a subclass says where it answers, and in which words it refuses.

    Attributes:
        issuer: what it calls itself in the discovery document.
        place: where the discovery document lies.
        paths: authorize, token, keys and userinfo.
        wrong_secret: status, error and description.
        in_token: the claims that are in the ID token too.
        told: the reader.
        knows_pkce: otherwise a verifier is refused.
    """

    issuer: str
    place: str
    paths: tuple[str, str, str, str]
    cancelled: tuple[str, str] = ("access_denied", "The resource owner denied the request.")
    wrong_secret: tuple[int, str, str]
    late: tuple[int, str, str]
    in_token: tuple[str, ...]
    knows_pkce = True
    told: ClassVar[dict[str, Any]]

    def open(self) -> None:
        self.user = dict(self.told)
        authorize, token, keys, userinfo = self.paths
        self.app.get(f"/{self.place}/.well-known/openid-configuration")(self._discovery)
        self.app.get(f"/{authorize}")(self._authorize)
        self.app.post(f"/{token}")(self._token)
        self.app.get(f"/{keys}")(self.keys)
        self.app.get(f"/{userinfo}")(self._userinfo)

    def keys(self) -> Response:
        """Answer with the keys."""
        return self.published_keys()

    def token_of(self, grant: Grant, claims: dict[str, Any]) -> str:
        """Return the ID token."""
        return self.id_token(self.issuer, grant, **claims)

    def _discovery(self) -> Response:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
        places = {name: f"https://{path}" for name, path in zip(names, self.paths, strict=True)}
        algorithms = {"id_token_signing_alg_values_supported": ["RS256"]}
        return jsonify({"issuer": self.issuer, **places, **algorithms})

    def _authorize(self) -> Any:
        given = request.args
        if not self.knows_client(given):
            return said_as(400, "The redirect URI specified in the request is not registered.")
        if given.get("response_type") != "code" or {*given.get("scope", "").split()} != {"openid", "profile", "email"}:
            return self.send_back(error="unauthorized_scope_error", error_description="Not authorized for your app.")
        if self.denies:
            return self.send_back(error=self.cancelled[0], error_description=self.cancelled[1])
        return self.send_back(code=self.grant(given, pkce=self.knows_pkce))

    def _token(self) -> Response:
        if not self.is_client(self.posted()) or (not self.knows_pkce and "code_verifier" in request.form):
            return _refused(*self.wrong_secret)
        grant = self.redeem(request.form)
        if grant is None:
            return _refused(*self.late)
        claims = {name: self.user[name] for name in ("sub", *self.in_token) if name in self.user}
        token = {"access_token": self.hand_out(grant), "token_type": "Bearer", "expires_in": 3599}
        return said_as(200, token | {"id_token": self.token_of(grant, claims)})

    def _userinfo(self) -> Response:
        return said_as(200, self.user) if self.bearer() else said_as(401, {"error": "invalid_token"})


class FakeMicrosoft(FakeOpenId):
    """Microsoft for everybody.

    Attributes:
        token_issuer: who the ID token says it is from.
        key_issuer: whose key it is said to be.
    """

    hosts = ("login.microsoftonline.com", "graph.microsoft.com")
    issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
    place = "login.microsoftonline.com/common/v2.0"
    paths = (
        "login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "login.microsoftonline.com/common/oauth2/v2.0/token",
        "login.microsoftonline.com/common/discovery/v2.0/keys",
        "graph.microsoft.com/oidc/userinfo",
    )
    cancelled = ("access_denied", "AADSTS65004: User declined to consent to access the app.")
    wrong_secret = (
        401,
        "invalid_client",
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the client secret value.",
    )
    late = (400, "invalid_grant", "AADSTS70008: The provided authorization code has expired due to inactivity.")
    in_token = ("tid", "oid", "name", "preferred_username", "email", "email_verified", "ver")
    token_issuer = f"https://login.microsoftonline.com/{TENANT}/v2.0"
    key_issuer = issuer
    told: ClassVar[dict[str, Any]] = {
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "tid": TENANT,
        "oid": "00000000-0000-0000-66f3-3332eca7ea81",
        "name": "Alice",
        "preferred_username": "alice@company.example",
        "email": "alice@mail.example",
        "email_verified": True,
        "picture": "https://graph.microsoft.com/v1.0/me/photo/$value",
        "ver": "2.0",
    }

    def open(self) -> None:
        super().open()
        tenant = "login.microsoftonline.com/<tenant>"
        self.app.get(f"/{tenant}/v2.0/.well-known/openid-configuration")(self._no_tenant)

    def keys(self) -> Response:
        return jsonify({"keys": [{**KEY.as_dict(private=False), "issuer": self.key_issuer}]})

    def token_of(self, grant: Grant, claims: dict[str, Any]) -> str:
        return self.id_token(self.token_issuer, grant, **claims)

    def _no_tenant(self, tenant: str) -> Response:
        if tenant == "consumers":
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            places = {name: f"https://{path}" for name, path in zip(names, self.paths, strict=False)}
            return jsonify({"issuer": self.issuer.replace("{tenantid}", PERSONAL), **places})
        return _refused(400, "invalid_tenant", f"AADSTS90002: Tenant '{tenant}' not found.")


class FakeGitLab(FakeOpenId):
    """gitlab.com. By “basic” it takes what it gets, undecoded; here it takes the form only."""

    hosts = ("gitlab.com",)
    issuer = "https://gitlab.com"
    place = "gitlab.com"
    paths = (
        "gitlab.com/oauth/authorize",
        "gitlab.com/oauth/token",
        "gitlab.com/oauth/discovery/keys",
        "gitlab.com/oauth/userinfo",
    )
    cancelled = ("access_denied", "The resource owner or authorization server denied the request.")
    wrong_secret = (
        401,
        "invalid_client",
        "Client authentication failed due to unknown client or unsupported authentication method.",
    )
    late = (400, "invalid_grant", "The provided authorization grant is invalid, expired or revoked.")
    in_token = ("sub_legacy", "name", "nickname", "preferred_username", "email", "email_verified", "groups_direct")
    told: ClassVar[dict[str, Any]] = {
        "sub": "1482951",
        "sub_legacy": "4f1a2b3c",
        "name": "Alice",
        "nickname": "alicewrites",
        "preferred_username": "alicewrites",
        "email": "alice@mail.example",
        "email_verified": True,
        "profile": "https://gitlab.com/alicewrites",
        "picture": "https://gitlab.com/uploads/-/system/user/avatar/1482951/avatar.png",
        "groups_direct": ["writers"],
    }


class FakeOwnGitLab(FakeGitLab):
    """A GitLab of somebody's own, under a path."""

    hosts = ("code.blog.example",)
    issuer = "https://code.blog.example/gitlab"
    place = "code.blog.example/gitlab"
    paths = (
        "code.blog.example/gitlab/oauth/authorize",
        "code.blog.example/gitlab/oauth/token",
        "code.blog.example/gitlab/oauth/discovery/keys",
        "code.blog.example/gitlab/oauth/userinfo",
    )


class FakeLinkedIn(FakeOpenId):
    """LinkedIn, which knows neither nonce nor, for web servers, PKCE."""

    hosts = ("www.linkedin.com", "api.linkedin.com")
    lasts = 1800.0
    issuer = "https://www.linkedin.com/oauth"
    place = "www.linkedin.com/oauth"
    paths = (
        "www.linkedin.com/oauth/v2/authorization",
        "www.linkedin.com/oauth/v2/accessToken",
        "www.linkedin.com/oauth/openid/jwks",
        "api.linkedin.com/v2/userinfo",
    )
    cancelled = ("user_cancelled_login", "The user cancelled LinkedIn login")
    wrong_secret = (401, "invalid_client", "Client authentication failed")
    late = (
        400,
        "invalid_request",
        "Unable to retrieve access token: appid/redirect uri does not match authorization code. Or code expired.",
    )
    in_token = ("name", "given_name", "family_name", "picture", "email", "email_verified", "locale")
    knows_pkce = False
    told: ClassVar[dict[str, Any]] = {
        "sub": "782bbtaQ",
        "name": "Alice",
        "given_name": "Alice",
        "family_name": "Writes",
        "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
        "locale": {"country": "US", "language": "en"},
        "email": "alice@mail.example",
        "email_verified": "true",
    }

    def token_of(self, grant: Grant, claims: dict[str, Any]) -> str:
        return self.id_token(self.issuer, grant, nonce=None, **claims)


def _refused(status: int, error: str, description: str) -> Response:
    return said_as(status, {"error": error, "error_description": description})
