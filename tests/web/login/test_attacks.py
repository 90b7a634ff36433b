"""Attacks on sign-in: every one is refused, without a session or a person for it, and without a mistake of ours.

All of them on SQLite; on PostgreSQL one of each family, and whatever is a text that databases take differently. With
MODERATION_FAULTS=long all of them on both.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from moderation.app import create_app
from moderation.settings import load_settings
from tests.clock import give_clock
from tests.conftest import copied_postgresql
from tests.lying_issuer import Issuer
from tests.sign_in import SERVICE
from tests.web.login.attacks import answers, exchange, handover, hosted, id_token, session, start, way_back
from tests.web.login.attacks.scene import Attack, Led, Recorder, Scene

ATTACKS: list[Attack] = [
    *start.ATTACKS,
    *way_back.ATTACKS,
    *id_token.ATTACKS,
    *answers.ATTACKS,
    *handover.ATTACKS,
    *exchange.ATTACKS,
    *hosted.ATTACKS,
    *session.ATTACKS,
]
# Of a family are those that one function makes. What a database may take or not, it is asked about every time.
FAMILIES = {(attack.do.__module__, attack.do.__qualname__): attack for attack in reversed(ATTACKS)}
_DATABASES_DIFFER = re.compile(r"\b(NUL|broken|half a letter|huge|database|pattern|not ASCII)\b")
# It takes eight seconds, none of them the database's.
_SLOW = "token: a letter a second"
ON_POSTGRESQL = [
    attack
    for attack in ATTACKS
    if os.environ.get("MODERATION_FAULTS") == "long"
    or (attack in FAMILIES.values() and attack.name != _SLOW)
    or _DATABASES_DIFFER.search(attack.name)
]


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, running: Issuer) -> Iterator[dict]:
    """One application for all attacks of a worker; each has a site and browsers of its own in it."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copy(sqlite_template, folder / "moderation.db")
    with _attacked(folder, f"sqlite:///{folder / 'moderation.db'}", running) as scene:
        yield scene


@pytest.fixture(scope="module")
def on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, postgresql_server: str, postgresql_template: str, running: Issuer
) -> Iterator[dict]:
    """The same on PostgreSQL."""
    for url in copied_postgresql(postgresql_server, postgresql_template):
        with _attacked(tmp_path_factory.mktemp("attacked"), url, running) as scene:
            yield scene


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS])
def test_an_attack_signs_nobody_in(on_sqlite, attack: Attack) -> None:
    refused(on_sqlite, attack)


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ON_POSTGRESQL])
def test_nor_does_it_on_postgresql(on_postgresql, attack: Attack) -> None:
    refused(on_postgresql, attack)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_scene_itself_lets_an_honest_reader_in(request: pytest.FixtureRequest, database: str) -> None:
    """So that an attack is refused for what is wrong with it, not because nobody gets in there."""
    scene = Scene(**request.getfixturevalue(f"on_{database}"))
    token = scene.session()
    assert scene.me(Authorization=f"Bearer {token}", Origin=scene.blog.origin) == 200


def test_there_are_hundreds_of_attacks_each_of_its_own_name() -> None:
    assert len(ATTACKS) >= 150
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []


def refused(attacked: dict, attack: Attack) -> None:
    scene = Scene(**attacked)
    assert attack.do(scene) == attack.ends
    assert scene.gained() == set()
    assert max(scene.statuses) < 500


@contextmanager
def _attacked(folder: Path, database: str, running: Issuer) -> Iterator[dict]:
    settings = {"data": folder, "database_url": database, "public_url": SERVICE, "secret": "s" * 40, "limited": False}
    app = create_app(load_settings(**settings))
    app.test_client_class = Recorder
    yield {"app": app, "issuer": running, "clock": give_clock(app, outbound=Led(running.place))}
    app.extensions["house"].database.close()
