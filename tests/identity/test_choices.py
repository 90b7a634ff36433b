"""A site's form offers what is set up and what the owner chose, in the owner's order."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from moderation.foundation.tokens import Keys
from moderation.identity.choices import choice, choices
from tests import make
from tests.sign_in import provider_keys

KEYS = Keys(b"k" * 32)


@pytest.fixture(autouse=True)
def set_up(db: Session) -> None:
    for number, name in enumerate(("zebra", "alpha", "off", "unknown")):
        row = provider_keys(db, KEYS, name=name, issuer="https://issuer.example", enabled=name != "off")
        row.created_at = make.NOW + timedelta(seconds=number)
        row.kind = "nowhere" if name == "unknown" else "openid"


@pytest.mark.parametrize(
    ("chosen", "offered"),
    [
        (None, ["zebra", "alpha"]),
        ([], []),
        (["alpha", "zebra"], ["alpha", "zebra"]),
        (["alpha", "alpha", "off", "unknown", "x"], ["alpha"]),
    ],
)
def test_what_is_offered(db: Session, chosen: list[str] | None, offered: list[str]) -> None:
    site = make.site(db, **({} if chosen is None else {"providers": chosen}))
    assert [offer["name"] for offer in choices(db, site)] == offered
    for name in ("zebra", "alpha", "off", "unknown", "x"):
        assert (choice(db, site, name) is not None) == (name in offered)


def test_an_offer_has_a_name_a_label_and_an_icon_and_nothing_of_the_keys(db: Session) -> None:
    offer = choices(db, make.site(db))[0]
    assert (offer["name"], offer["label"]) == ("zebra", "Zebra")
    assert offer["icon"].startswith("<svg ")
    assert set(offer) == {"name", "label", "icon"}
