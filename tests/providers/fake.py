"""A provider's servers on this machine, as strict as the real ones: what the fakes of all providers share.

Our code calls the real addresses; only the test's way out (``Detour``) and the test's reader (``Visit``) are led to the
fake. So a wrong host, path or parameter in a provider's file fails here too.
"""

import base64
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import unquote_plus, urlencode

import requests
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from sqlalchemy import select
from werkzeug.serving import make_server

from moderation.foundation.outbound import Answer, Outbound
from moderation.records import Attempt, Person
from moderation.web.house import House
from tests.lying_issuer import KEY, challenge_of
from tests.sign_in import BlogPage, Browser, path_of

CLIENT_ID = "moderation"
CLIENT_SECRET = "fakes: a secret/with%signs+more"


@dataclass(kw_only=True)
class Grant:
    """What a reader allowed: kept with the code, then with the token."""

    redirect_uri: str
    scope: frozenset[str]
    challenge: str | None
    nonce: str | None
    made_at: float
    token: str = ""


class Fake:
    """A provider; a subclass adds its views in ``open``, under ``/<real host>/<real path>``.

    Attributes:
        hosts: the real ones that it stands for.
        lasts: seconds in which a code must be redeemed.
        later: seconds by which its clock is ahead.
        denies: the reader presses Cancel.
        broken: answers everything, or what lies under a path, with this instead: ``{"/api.x.com": (503, "…")}``.
        calls: method and path of every call, in order.
    """

    hosts: tuple[str, ...] = ()
    lasts = 600.0

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self.client_id, self.client_secret = CLIENT_ID, CLIENT_SECRET
        self.later = 0.0
        self.denies = False
        self.broken: dict[str, tuple[int, Any]] = {}
        self.calls: list[str] = []
        self.codes: dict[str, Grant] = {}
        self.tokens: dict[str, Grant] = {}
        self.app = Flask("fake", static_folder=None)
        self.app.before_request(self._overture)
        self.open()
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def open(self) -> None:
        """Add the views."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop; afterwards nobody answers there."""
        self._server.shutdown()
        self._server.server_close()

    def now(self) -> float:
        """Return the provider's time, in seconds since 1970."""
        return time.time() + self.later

    def address(self, real: str) -> str:
        """Return where the fake answers for a real address."""
        return f"http://{self.place}/{real.removeprefix('https://')}"

    # --- what a provider does with a reader ---------------------------------------------------------------------------

    def knows_client(self, given: Mapping[str, str]) -> bool:
        """Tell whether client and redirect address are registered, exactly; else no provider sends anybody there."""
        return given.get("client_id") == self.client_id and given.get("redirect_uri") == self.redirect_uri

    def grant(self, given: Mapping[str, str], *, pkce: bool = True, separator: str = " ") -> str:
        """Let the reader agree, and return the code.

        Args:
            pkce: this provider knows what a challenge is; others pass over it.
        """
        code = secrets.token_urlsafe(48)
        scope = frozenset(filter(None, given.get("scope", "").split(separator)))
        challenge = given.get("code_challenge") if pkce else None
        self.codes[code] = Grant(
            redirect_uri=given["redirect_uri"],
            scope=scope,
            challenge=challenge,
            nonce=given.get("nonce"),
            made_at=self.now(),
        )
        return code

    def send_back(self, *, fragment: str = "", **answer: str | None) -> Any:
        """Send the reader back to us; the state goes along as it came."""
        said = {name: value for name, value in answer.items() if value is not None}
        state = {"state": request.args["state"]} if "state" in request.args else {}
        return redirect(f"{request.args['redirect_uri']}?{urlencode({**said, **state})}{fragment}", 302)

    # --- what a provider does with us ---------------------------------------------------------------------------------

    def redeem(self, given: Mapping[str, str]) -> Grant | None:
        """Return what a code stands for, once; None when it is unknown, used, too old, or not for this address.

        A code that is shown with a wrong verifier is spent too.
        """
        grant = self.codes.pop(given.get("code", ""), None)
        if grant is None or self.now() > grant.made_at + self.lasts:
            return None
        if given.get("redirect_uri") != grant.redirect_uri:
            return None
        if grant.challenge is not None and challenge_of(given.get("code_verifier", "")) != grant.challenge:
            return None
        return grant

    def hand_out(self, grant: Grant) -> str:
        """Return a token for a grant."""
        grant.token = secrets.token_urlsafe(32)
        self.tokens[grant.token] = grant
        return grant.token

    def bearer(self) -> Grant | None:
        """Return whose token the request carries in its Authorization header."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.tokens.get(token) if kind == "Bearer" else None

    def basic(self) -> tuple[str, str] | None:
        """Return client id and secret from the Authorization header, None when they are not there."""
        kind, _, sealed = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        name, _, secret = base64.b64decode(sealed).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)

    def posted(self) -> tuple[str, str] | None:
        """Return client id and secret from the form, None when either is missing."""
        given = request.form
        return (given["client_id"], given["client_secret"]) if {"client_id", "client_secret"} <= {*given} else None

    def is_client(self, credentials: tuple[str, str] | None) -> bool:
        """Tell whether client id and secret are ours."""
        return credentials == (self.client_id, self.client_secret)

    def id_token(self, issuer: str, grant: Grant, **claims: Any) -> str:
        """Return an ID token signed with ``KEY``, as a provider of OpenID Connect adds it to the token."""
        now = int(self.now())
        said = {"iss": issuer, "aud": self.client_id, "iat": now, "exp": now + 3600, "nonce": grant.nonce, **claims}
        known = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one"}, known, KEY)

    def published_keys(self) -> Response:
        """Answer with the key that ID tokens are signed with."""
        return jsonify({"keys": [KEY.as_dict(private=False)]})

    def _overture(self) -> Any:
        self.calls.append(f"{request.method} {request.path}")
        for path, (status, said) in self.broken.items():
            if request.path.startswith(path):
                return said_as(status, said)
        return None


def said_as(status: int, said: Any, **headers: str) -> Response:
    """Return an answer: a text as HTML, everything else as JSON."""
    answer = Response(said, content_type="text/html") if isinstance(said, str) else jsonify(said)
    answer.status_code = status
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


class Detour(Outbound):
    """The guarded client, for which some hosts are on this machine."""

    def __init__(self, *fakes: Fake) -> None:
        super().__init__(frozenset(fake.place for fake in fakes))
        self._fakes = {f"https://{host}": fake for fake in fakes for host in fake.hosts}

    def fetch(self, method: str, url: str, **arguments: Any) -> Answer:
        host = "/".join(url.split("/", 3)[:3]).partition("?")[0]
        fake = self._fakes.get(host)
        if fake is None:
            return super().fetch(method, url, **arguments)
        return replace(super().fetch(method, fake.address(url), **arguments), url=url)


@dataclass(kw_only=True)
class Visit:
    """A reader who signs in at a fake through the real application."""

    house: House
    browser: Browser
    fake: Fake
    provider: str
    site: str
    blog: BlogPage = field(init=False)

    def __post_init__(self) -> None:
        self.blog = BlogPage(site=self.site)

    def departs(self, **changes: Any) -> str:
        """Go to the service, and return the provider's real address that it leads to."""
        there = self.browser.goes(self.blog, provider=self.provider, **changes)
        assert there.status_code == 303, there.text
        return str(there.location)

    def asks_provider(self, address: str) -> requests.Response:
        """Go to a real address of the provider; the fake answers there."""
        assert address.startswith("https://"), address
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.fake.address(address), allow_redirects=False, timeout=10)

    def agrees(self, **changes: Any) -> str:
        """Go as far as the way back to us, and return it."""
        return self.agrees_at(self.departs(**changes))

    def agrees_at(self, address: str) -> str:
        """Agree at a real address of the provider, and return the way back to us."""
        answer = self.asks_provider(address)
        if answer.status_code == 200:
            return self._posts(answer.text, origin="/".join(address.split("/", 3)[:3]))
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]

    def returns(self, way_back: str) -> None:
        """Follow the way back as far as the last page."""
        back = self.browser.returns(way_back)
        assert (back.status_code, back.location) == (303, f"/login/done/{self.blog.attempt}"), back.text

    def signs_in(self, **changes: Any) -> dict[str, Any]:
        """Sign in, and return what the blog gets for the code."""
        self.returns(self.agrees(**changes))
        told = self.browser.asks_for_code(self.blog.attempt)
        assert set(told.json) == {"code"}, (told.json, self.detail())
        made = self.blog.exchanges(self.browser.client, told.json["code"])
        assert made.status_code == 200, made.text
        return dict(made.json)

    def fails(self, between: Callable[[], object] = lambda: None) -> tuple[str, str | None]:
        """Try to sign in, and return the reason that the blog is told and the detail that the owner can read.

        Args:
            between: done after the reader has agreed, before we are told.
        """
        way_back = self.agrees()
        between()
        self.returns(way_back)
        told = self.browser.asks_for_code(self.blog.attempt)
        assert set(told.json) == {"error"}, told.json
        assert self.persons() == []
        return told.json["error"], self.detail()

    def _posts(self, page: str, *, origin: str) -> str:
        """Send us a provider's form, which comes from another site, so without the attempt's cookie."""
        action = re.search(r'<form method="post" action="([^"]*)"', page)
        assert action is not None, page
        fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', page)}
        stranger = self.browser.client.application.test_client()
        sent = stranger.post(path_of(unescape(action[1])), data=fields, headers={"Origin": origin})
        assert sent.status_code == 303, sent.text
        return sent.location

    def detail(self) -> str | None:
        """Return what the owner can read about this try."""
        with self.house.database.reading() as db:
            return db.get_one(Attempt, self.blog.attempt).detail

    def persons(self) -> list[Person]:
        """Return all who ever signed in."""
        with self.house.database.reading() as db:
            return list(db.scalars(select(Person)))
