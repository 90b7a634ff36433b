"""What tests of signing in share: keys for an issuer, a blog's page and its server, a reader's browser."""

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from moderation.foundation.tokens import Keys, s256
from moderation.records import Person, PersonSession, ProviderKeys
from moderation.web.house import House
from tests import make
from tests.lying_issuer import CLIENT_ID

SERVICE = "http://localhost:8000"
PAGE = f"{make.BLOG}/her"
CLIENT_SECRET = "trial: a secret/with%signs"


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


def site(house: House, issuer: str) -> str:
    """Make a site where one signs in at an issuer, and return its key."""
    with house.database.transaction() as db:
        provider_keys(db, house.keys, issuer=issuer)
        return make.site(db).key


def nobody_signed_in(house: House) -> bool:
    """Tell whether there is neither a person nor a session."""
    with house.database.reading() as db:
        return not any(db.scalar(select(func.count()).select_from(table)) for table in (Person, PersonSession))


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

    def signs_in(self, blog: BlogPage, **changes: Any) -> str:
        """Sign in as far as the last page, and return that page."""
        there = self.goes(blog, **changes)
        assert there.status_code == 303
        back = self.returns(visit(there.location))
        assert (back.status_code, back.location) == (303, f"/login/done/{blog.attempt}")
        return self.client.get(back.location).text

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


def visit(address: str) -> str:
    """Go to an issuer that asks nothing, and return where it sends the reader."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return answer.headers["Location"]


class Blog:
    """A blog's web server, with pages that a test writes."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], str]] = {}
        self.calls: list[str] = []
        self.answers = threading.Event()
        self.answers.set()
        app = Flask("blog", static_folder=None)
        app.get("/<path:path>")(self._page)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.place = f"127.0.0.1:{self._server.server_port}"
        self.origin = f"http://{self.place}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def serve(self, page: str, *, path: str = "/her", status: int = 200, **headers: str) -> str:
        """Put a page at a path, and return its address."""
        self.pages[path] = (status, {"Content-Type": "text/html; charset=utf-8"} | headers, page)
        return self.origin + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _page(self, path: str) -> Response:
        self.calls.append(f"/{path}")
        self.answers.wait(20)
        status, headers, page = self.pages[f"/{path}"]
        return Response(page, status, {name.replace("_", "-"): value for name, value in headers.items()})


def embedding(site: str) -> str:
    """Return a page that embeds a site as the README says."""
    return (
        f'<!doctype html><title>Her</title><script src="{SERVICE}/embed/v1.js" async></script>'
        f'<comment-thread site="{site}"></comment-thread>'
    )


@contextmanager
def blog() -> Iterator[Blog]:
    """A blog of one's own."""
    running = Blog()
    try:
        yield running
    finally:
        running.close()
