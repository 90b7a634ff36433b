"""A reader who is asked something before the way leads on: what tests of such providers share."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from werkzeug.test import TestResponse

from moderation.app import create_app
from moderation.foundation.outbound import Outbound
from moderation.identity.calls import Calls, Documents
from moderation.identity.provider import Client, Departure, Profile, Provider, Returned, Start
from moderation.records import ProviderKeys
from moderation.settings import load_settings
from moderation.web.house import House
from tests import make
from tests.providers.fake import Detour, Fake, Visit
from tests.sign_in import SERVICE, Browser, query_of


@dataclass(kw_only=True)
class AskedVisit(Visit):
    """A visit of a reader who types something first.

    Attributes:
        typed: what.
    """

    typed: str

    def answers(self, **changes: Any) -> TestResponse:
        """Answer the question, without any script."""
        page = self.browser.goes(self.blog, provider=self.provider, **changes)
        assert page.status_code == 200, page.text
        return self.browser.client.post("/login/confirm", data=fields_of(page.text) | {"typed": self.typed})

    def departs(self, **changes: Any) -> str:
        onward = self.answers(**changes)
        address = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', onward.text)
        assert address is not None, (onward.status_code, onward.text)
        return html.unescape(address[1])

    def is_asked_again(self) -> str:
        """Answer the question, and return why that will not do."""
        page = self.answers()
        problem = re.search(r'<p class="problem"[^>]*>([^<]+)</p>', page.text)
        assert problem is not None, (page.status_code, page.text)
        assert page.status_code == 422
        assert fields_of(page.text)["attempt"] == self.blog.attempt
        return html.unescape(problem[1])


def fields_of(page: str) -> dict[str, str]:
    """Return what a page's form holds already."""
    inputs = re.findall(r"<input [^>]*>", page)
    found = [(re.search(r'name="([^"]+)"', one), re.search(r' value="([^"]*)"', one)) for one in inputs]
    return {name[1]: html.unescape(value[1]) if value else "" for name, value in found if name}


@contextmanager
def visit(
    folder: Path, database_url: str, provider: str, fake: Fake, *, typed: str, public_url: str = SERVICE
) -> Iterator[AskedVisit]:
    """Start the application with a provider that has no keys."""
    settings = load_settings(
        data=folder / "data",
        database_url=database_url,
        public_url=public_url,
        secret="s" * 40,
        limited=public_url != SERVICE,
    )
    app = create_app(settings)
    house: House = replace(app.extensions["house"], outbound=Detour(fake))
    app.extensions["house"] = house
    with house.database.transaction() as db:
        row = ProviderKeys(name=provider, kind=provider, label=provider.capitalize(), created_at=make.NOW)
        row.client_id, row.client_secret = "", b""
        db.add(row)
        site = make.site(db).key
    browser = Browser(app.test_client())
    yield AskedVisit(house=house, browser=browser, fake=fake, provider=provider, site=site, typed=typed)
    fake.close()
    house.database.close()


def starts(
    provider: Provider[Any], fake: Fake, typed: str, *, callback: str | None = None, **outbound: Any
) -> tuple[Departure, Client[Any], Calls]:
    """Start without the application; keyword arguments go to the guarded client."""
    client = Client(
        name=provider.name,
        client_id="",
        secret="only this installation knows it",
        redirect_uri=callback or fake.redirect_uri,
        options=provider.options(),
    )
    way = Detour(fake)
    Outbound.__init__(way, frozenset({fake.place}), **outbound)
    calls = Calls(way, Documents(), datetime.now(UTC))
    start = Start(state="state-1", nonce="nonce-1", verifier="v" * 64, typed=typed)
    return provider.start(client, start, calls), client, calls


def comes_back(
    provider: Provider[Any], fake: Fake, typed: str, between: Callable[[], object] = lambda: None
) -> Profile:
    """Go there and back without the application, and return the profile."""
    departure, client, calls = starts(provider, fake, typed)
    with requests.Session() as session:
        session.trust_env = False
        there = session.get(fake.address(departure.url), allow_redirects=False, timeout=10)
    between()
    params = query_of(there.headers["Location"])
    returned = Returned(params=params, nonce="nonce-1", verifier="v" * 64, kept=departure.kept)
    return provider.finish(client, returned, calls)
