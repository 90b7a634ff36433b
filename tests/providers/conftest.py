"""The real application, which meets fakes where the providers should be."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from moderation.app import create_app
from moderation.records import ProviderKeys
from moderation.settings import load_settings
from moderation.web.house import House
from tests import make
from tests.providers.fake import CLIENT_ID, CLIENT_SECRET, Detour, Fake, Visit
from tests.sign_in import SERVICE, Browser


@pytest.fixture
def visit_at(tmp_path, sqlite_url) -> Iterator[Callable[..., Visit]]:
    """Start the application with one provider: ``visit_at("x", FakeX)``; keyword arguments are its options."""
    opened: list[Callable[[], None]] = []

    def start(
        provider: str, kind: Callable[[str], Fake], *, client_secret: str = CLIENT_SECRET, **options: Any
    ) -> Visit:
        fake = kind(f"{SERVICE}/auth/{provider}/callback")
        settings = load_settings(
            data=tmp_path / "data", database_url=sqlite_url, public_url=SERVICE, secret="s" * 40, limited=False
        )
        app = create_app(settings)
        house: House = replace(app.extensions["house"], outbound=Detour(fake))
        app.extensions["house"] = house
        opened.extend((fake.close, house.database.close))
        with house.database.transaction() as db:
            row = ProviderKeys(name=provider, kind=provider, label=provider, client_id=CLIENT_ID, created_at=make.NOW)
            row.client_secret, row.options = house.keys.encrypt("provider", client_secret.encode()), options
            db.add(row)
            site = make.site(db).key
        return Visit(house=house, browser=Browser(app.test_client()), fake=fake, provider=provider, site=site)

    yield start
    for close in opened:
        close()
