"""The real application on a fresh database of each kind."""

import pytest
from msgspec.structs import replace

from moderation.app import create_app
from moderation.settings import load_settings
from tests import make


@pytest.fixture
def settings(tmp_path, database_url):
    return load_settings(data=tmp_path / "data", database_url=database_url, secret="s" * 40, limited=False)


@pytest.fixture
def app(settings):
    app = create_app(settings)
    yield app
    app.extensions["house"].database.close()


@pytest.fixture
def house(app):
    return app.extensions["house"]


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def site(house):
    """The key of a site whose blog is at make.BLOG."""
    with house.database.transaction() as db:
        return make.site(db).key


@pytest.fixture
def limited_client(settings):
    """A client of an application with the limits that a site has by default."""
    app = create_app(replace(settings, limited=True))
    yield app.test_client()
    app.extensions["house"].database.close()
