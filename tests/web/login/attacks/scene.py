"""Where attacks on a sign-in take place: the real application, an honest reader, a stranger, an issuer that may lie."""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderation.foundation.outbound import Answer, Outbound
from moderation.records import Attempt, Person, PersonSession, ProviderKeys
from moderation.web import signing_in
from moderation.web.house import House
from tests import make
from tests.clock import Clock
from tests.lying_issuer import Issuer
from tests.sign_in import BlogPage, Browser, data_of, provider_keys, visit

EVIL = "https://evil.example"
ASKED = "asked first"
# Names that lead into somebody's network, as an attacker's own name server may answer.
INSIDE = {"inside.example": "10.0.0.7", "metadata.example": "169.254.169.254", "loopback.example": "127.0.0.1"}
ISSUER_ON_HTTPS = "https://issuer.example"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One attack on a sign-in.

    Args:
        name: what is tried.
        do: carries it out in a scene; returns how it ended.
        ends: how it must end: a status, or a reason of the closed set.
    """

    name: str
    do: Callable[["Scene"], Any]
    ends: Any


class Recorder(FlaskClient):
    """A browser that notes the status of every answer."""

    statuses: list[int]

    def open(self, *arguments: Any, **more: Any) -> TestResponse:
        answer = super().open(*arguments, **more)
        self.statuses.append(answer.status_code)
        return answer


class Led(Outbound):
    """The guarded client, for which ``https://issuer.example`` is the issuer on this machine; no other name is real."""

    def __init__(self, place: str) -> None:
        super().__init__(frozenset({place}), resolve=_resolve)
        self._place = place

    def fetch(self, method: str, url: str, **arguments: Any) -> Answer:
        if not url.startswith(f"{ISSUER_ON_HTTPS}/"):
            return super().fetch(method, url, **arguments)
        plain = url.replace(ISSUER_ON_HTTPS, f"http://{self._place}", 1)
        return replace(super().fetch(method, plain, **arguments), url=url)


def _resolve(host: str, port: int, **_more: Any) -> Iterable[tuple[Any, ...]]:
    if host not in INSIDE:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (INSIDE[host], port))]


@dataclass(kw_only=True)
class Scene:
    """One attack's own site, reader and stranger, in an application that all attacks share."""

    app: Flask
    issuer: Issuer
    clock: Clock
    site: str = ""
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house: House = self.app.extensions["house"]
        self.clock.ahead = timedelta()
        self.issuer.forget()
        # As in a process that has just started: nothing the issuer published is remembered.
        signing_in.build(self.app)
        with self.house.database.transaction() as db:
            keys = db.get(ProviderKeys, "demo") or provider_keys(db, self.house.keys, issuer="")
            keys.enabled, keys.options = True, {"issuer": self.issuer.address}
            self.site = make.site(db).key
        self.reader, self.stranger = self.browser(), self.browser()
        self.blog = BlogPage(site=self.site)
        self.remember()

    # --- what is there ------------------------------------------------------------------------------------------------

    def browser(self) -> Browser:
        """Another browser, without any cookie."""
        client = self.app.test_client()
        client.statuses = self.statuses
        return Browser(client)

    def another_site(self, *, origins: tuple[str, ...] = (make.BLOG,)) -> str:
        """Make another blog's site, and return its key."""
        with self.house.database.transaction() as db:
            return make.site(db, origins=origins).key

    def another_provider(self) -> str:
        """Set the same issuer up under another name."""
        with self.house.database.transaction() as db:
            if db.get(ProviderKeys, "other") is None:
                provider_keys(db, self.house.keys, name="other", issuer=self.issuer.address)
        return "other"

    def configure(self, **options: Any) -> None:
        """Let the owner say something else about the issuer."""
        with self.house.database.transaction() as db:
            db.get_one(ProviderKeys, "demo").options = options

    def switch_off(self) -> None:
        """Let the owner switch the provider off."""
        with self.house.database.transaction() as db:
            db.get_one(ProviderKeys, "demo").enabled = False

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.ahead += timedelta(**span)

    # --- what honest people do ----------------------------------------------------------------------------------------

    def departs(self) -> str:
        """Let the reader go to the provider, and return where that sends the reader back to."""
        return visit(self.reader.goes(self.blog).location)

    def code(self) -> str:
        """Let the reader sign in as far as the one-time code; what follows is the attack."""
        self.reader.signs_in(self.blog)
        code = self.reader.asks_for_code(self.blog.attempt).json["code"]
        self.remember()
        return code

    def session(self) -> str:
        """Sign the reader in, and return the token; what follows is the attack."""
        made = self.blog.exchanges(self.reader.client, self.code())
        self.remember()
        return made.json["access_token"]

    def remember(self) -> None:
        """Take what there is as rightly there."""
        self._known = self._people_and_sessions()

    # --- what came of it ----------------------------------------------------------------------------------------------

    def gained(self) -> set[Any]:
        """Return the people and the living sessions that were not there before the attack."""
        return self._people_and_sessions() - self._known

    def begins(self, **changes: Any) -> int | str:
        """Go to the service with something wrong; nothing may begin. Returns the status, or ``ASKED``."""
        referrer, provider = changes.pop("referrer", make.BLOG + "/her"), changes.pop("provider", "demo")
        asked = self.blog.asks(**changes)
        answer = self.reader.client.get(f"/login/{provider}", query_string=asked, headers={"Referer": referrer})
        assert "Location" not in answer.headers
        return self.nothing_began(answer)

    def nothing_began(self, answer: TestResponse) -> int | str:
        """Check that an answer leads nowhere; returns its status, or ``ASKED``."""
        assert not any(name.startswith("attempt") for name in answer.headers.getlist("Set-Cookie"))
        with self.house.database.reading() as db:
            assert db.get(Attempt, self.blog.attempt) is None
        assert self.issuer.calls == []
        asks = "Sign in to blog.example with Demo?" in answer.text
        return ASKED if asks and answer.status_code == 200 else answer.status_code

    def fails(self, **lies: Any) -> str | None:
        """Sign in while the issuer lies, and return the reason that the blog is told."""
        vars(self.issuer.lies).update(lies)
        there = self.reader.goes(self.blog)
        if there.location != f"/login/done/{self.blog.attempt}":
            self.reader.returns(visit(there.location))
        return self.reason()

    def reason(self) -> str | None:
        """Return why nobody is signed in, as the last page and the blog are told; None when somebody is."""
        page = self.reader.client.get(f"/login/done/{self.blog.attempt}")
        told = self.reader.asks_for_code(self.blog.attempt).json
        assert data_of(page.text).get("error") == told.get("error"), told
        return told.get("error")

    def me(self, browser: Browser | None = None, *, site: str = "", **headers: str) -> int:
        """Ask who one is; returns the status."""
        address = f"/api/v1/me?site={site or self.site}"
        return (browser or self.stranger).client.get(address, headers=headers).status_code

    def _people_and_sessions(self) -> set[Any]:
        living = select(PersonSession.digest).where(PersonSession.revoked_at.is_(None))
        with self.house.database.reading() as db:
            return {*db.scalars(select(Person.id)), *db.scalars(living)}


def bearer(token: str, **headers: str) -> dict[str, str]:
    """Return the headers of a call by the widget."""
    return {"Authorization": f"Bearer {token}", "Origin": make.BLOG, **headers}


def changed(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Say something else; None leaves it out."""
    return lambda said: {name: value for name, value in (said | values).items() if value is not None}


def fields_of(page: str) -> dict[str, str]:
    """Return what the form of a page holds."""
    return dict(re.findall(r'name="([a-z_]+)"[^>]* value="([^"]*)"', page))
