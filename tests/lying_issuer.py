"""An OpenID Connect issuer over real HTTP that keeps to the protocol, but lies where a test tells it to."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID = "moderation"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


@dataclass
class Lies:
    """How an issuer departs from the truth; each function gets what it would say and returns what it says."""

    claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    token: Callable[[dict[str, Any]], Any] = lambda token: token
    answer: Callable[[dict[str, str]], dict[str, str]] = lambda answer: answer
    discovery: Callable[[dict[str, Any]], Any] = lambda document: document
    userinfo: Callable[[dict[str, Any]], Any] = lambda claims: claims
    keys: Callable[[dict[str, Any]], Any] = lambda published: published
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
        app.get("/userinfo")(self._userinfo)
        app.get("/keys")(self._keys)
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

    def _userinfo(self) -> Response:
        return said(self.lies.userinfo(self.user))

    def _keys(self) -> Response:
        return said(self.lies.keys({"keys": [KEY.as_dict(private=False)]}))

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


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer of one's own."""
    running = Issuer()
    try:
        yield running
    finally:
        running.close()
