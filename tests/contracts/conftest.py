"""The real application on a fresh database of each kind, for the contracts that hold everywhere in it."""

import pytest

from moderation.app import create_app
from moderation.settings import load_settings


@pytest.fixture
def app(tmp_path, database_url):
    settings = load_settings(data=tmp_path / "data", database_url=database_url, secret="s" * 40, limited=False)
    app = create_app(settings)
    yield app
    app.extensions["house"].database.close()
