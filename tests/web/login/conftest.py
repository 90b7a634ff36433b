"""The real application with an issuer that lies when told to, a reader's browser and a page of a blog."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from moderation.app import create_app
from moderation.settings import load_settings
from moderation.web.house import House
from tests import lying_issuer, sign_in
from tests.lying_issuer import Issuer
from tests.sign_in import SERVICE, BlogPage, Browser


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    """An issuer that answers for all tests of a file."""
    with lying_issuer.issuer() as running:
        yield running


@pytest.fixture
def issuer(running: Issuer) -> Issuer:
    """An honest issuer, until a test makes it lie."""
    running.forget()
    return running


@pytest.fixture
def start_app(tmp_path, sqlite_url) -> Iterator[Callable[..., Flask]]:
    """Start the application: ``start_app("127.0.0.1:5000")`` may call that place; keyword arguments are settings.

    On SQLite: the doors are the same on both databases, and what they call is tested on each.
    """
    started: list[Flask] = []

    def start(*places: str, **settings: Any) -> Flask:
        given = {"public_url": SERVICE, "secret": "s" * 40, "limited": False, "outbound_exceptions": places} | settings
        started.append(create_app(load_settings(data=tmp_path / "data", database_url=sqlite_url, **given)))
        return started[-1]

    yield start
    for app in started:
        app.extensions["house"].database.close()


@pytest.fixture
def app(start_app: Callable[..., Flask], issuer: Issuer) -> Flask:
    """The application, with the issuer within reach."""
    return start_app(issuer.place)


@pytest.fixture
def site(house: House, issuer: Issuer) -> str:
    """The key of a site where one signs in at the issuer."""
    return sign_in.site(house, issuer.address)


@pytest.fixture
def reader(app: Flask) -> Browser:
    """A reader's browser."""
    return Browser(app.test_client())


@pytest.fixture
def blog(site: str) -> BlogPage:
    """A page of the blog."""
    return BlogPage(site=site)
