"""What tests of signing in share: keys for an issuer, a blog's page, a browser, an issuer that lies when told to."""

import base64
import hashlib
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from flask import Flask, Response, jsonify, redirect, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from moderation.foundation.tokens import Keys, s256
from moderation.records import ProviderKeys
from tests import make

SERVICE = "http://localhost:8000"
PAGE = f"{make.BLOG}/her"
CLIENT_ID = "moderation"
CLIENT_SECRET = "trial: a secret/with%signs"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


def provider_keys(db: Session, keys: Keys, *, name: str = "demo", issuer: str, **values: Any) -> ProviderKeys:
    """Make the keys for an OpenID Connect issuer."""
    made = ProviderKeys(
        name=name,
        kind=values.pop("kind", "openid"),
        label=values.pop("label", name.capitalize()),
        client_id=CLIENT_ID,
        client_secret=keys.encrypt("provider", CLIENT_SECRET.encode()),
        options={"issuer": issuer} | values.pop("options", {}),
        created_at=make.NOW,
        **values,
    )
    db.add(made)
    db.flush()
    return made


@dataclass(kw_only=True)
class BlogPage:
    """A page of the blog, as the web component on it behaves."""

    site: str
    origin: str = make.BLOG
    page: str = PAGE
    attempt: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def asks(self, **changes: Any) -> dict[str, Any]:
        """Return what it sends to the service with the reader; None leaves something out."""
        asked = {
            "site": self.site,
            "origin": self.origin,
            "page": self.page,
            "challenge": s256(self.verifier),
            "attempt": self.attempt,
        }
        return {name: value for name, value in (asked | changes).items() if value is not None}

    def exchanges(self, client: FlaskClient, code: str, *, origin: str | None = None, **changes: Any) -> TestResponse:
        """Exchange a code as the web component does."""
        body = {"code": code, "code_verifier": self.verifier, "attempt": self.attempt, "site": self.site} | changes
        return client.post("/api/v1/token", json=body, headers={"Origin": origin or self.origin})


class Browser:
    """A reader's browser, as far as the service sees it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def goes(
        self, blog: BlogPage, *, provider: str = "demo", referrer: str | None = None, **changes: Any
    ) -> TestResponse:
        """Follow the blog's link to sign in."""
        headers = {"Referer": (referrer or blog.origin) + "/"} if referrer != "" else {}
        return self.client.get(f"/login/{provider}?{urlencode(blog.asks(**changes))}", headers=headers)

    def returns(self, address: str) -> TestResponse:
        """Follow the provider's way back."""
        return self.client.get(path_of(address))

    def asks_for_code(self, attempt: str, *, origin: str | None = SERVICE) -> TestResponse:
        """Ask for the one-time code, as the last page's script does."""
        return self.client.post(f"/login/done/{attempt}", headers={"Origin": origin} if origin else {})


def path_of(address: str) -> str:
    """Return what of an address goes to the server."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def query_of(address: str) -> dict[str, str]:
    """Return an address's parameters."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def data_of(page: str) -> dict[str, str]:
    """Return what the last page tells its script."""
    found = re.search(r'<div id="handover"([^>]*)>', page)
    assert found is not None, page
    return {name: value for name, _, value in re.findall(r'data-([a-z]+)(="([^"]*)")?', found[1])}


@dataclass
class Lies:
    """How an issuer departs from the truth; each function gets what it would say and returns what it says."""

    claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    token: Callable[[dict[str, Any]], Any] = lambda token: token
    answer: Callable[[dict[str, str]], dict[str, str]] = lambda answer: answer
    discovery: Callable[[dict[str, Any]], Any] = lambda document: document
    userinfo: Callable[[dict[str, Any]], Any] = lambda claims: claims
    sign: Callable[[dict[str, Any]], Any] = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


class Issuer:
    """An OpenID Connect issuer that keeps to the protocol, but for its lies."""

    def __init__(self) -> None:
        self.lies = Lies()
        self.user = {"sub": "alice", "name": "Alice", "email": "alice@mail.example", "email_verified": True}
        self.asked: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []
        self._server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def place(self) -> str:
        """Its host and port."""
        return urlsplit(self.address).netloc

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Be honest again."""
        self.__dict__.update(lies=Lies(), asked={}, calls=[])
        self.user = {"sub": "alice", "name": "Alice", "email": "alice@mail.example", "email_verified": True}

    def _app(self) -> Flask:
        app = Flask("issuer", static_folder=None)
        app.before_request(lambda: self.calls.append(request.path))
        app.get("/.well-known/openid-configuration")(self._discovery)
        app.get("/authorize")(self._authorize)
        app.post("/token")(self._token)
        app.get("/userinfo")(lambda: said(self.lies.userinfo(self.user)))
        app.get("/keys")(lambda: jsonify({"keys": [KEY.as_dict(private=False)]}))
        return app

    def _discovery(self) -> Response:
        document = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return said(self.lies.discovery(document))

    def _authorize(self) -> Any:
        code = secrets.token_urlsafe(16)
        self.asked[code] = dict(request.args)
        answer = self.lies.answer({"code": code, "state": request.args["state"], "iss": self.address})
        return redirect(f"{request.args['redirect_uri']}?{urlencode(answer)}", 302)

    def _token(self) -> Any:
        asked = self.asked.pop(request.form["code"], None)
        if asked is None or challenge_of(request.form["code_verifier"]) != asked["code_challenge"]:
            return jsonify({"error": "invalid_grant"}), 400
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT_ID, "nonce": asked["nonce"], "iat": now, "exp": now + 300}
        signed = self.lies.sign(self.lies.claims(claims | self.user))
        return said(self.lies.token({"access_token": "at", "token_type": "Bearer", "id_token": signed}))


def said(answer: Any) -> Response:
    """Return JSON, or a whole answer as it is."""
    return answer if isinstance(answer, Response) else jsonify(answer)


def challenge_of(verifier: str) -> str:
    """Return PKCE's S256, computed apart from ours."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def visit(address: str) -> str:
    """Go to an issuer that asks nothing, and return where it sends the reader."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"]


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer of one's own."""
    running = Issuer()
    try:
        yield running
    finally:
        running.close()
