"""Attacks on sign-in: every one is refused, without a session or a person for it, and without a mistake of ours."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.app import create_app
from moderation.settings import load_settings
from tests.clock import give_clock
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


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, running: Issuer) -> Iterator[dict]:
    """One application for all attacks of a worker; each has a site and browsers of its own in it."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copy(sqlite_template, folder / "moderation.db")
    app = create_app(load_settings(data=folder, public_url=SERVICE, secret="s" * 40, limited=False))
    app.test_client_class = Recorder
    yield {"app": app, "issuer": running, "clock": give_clock(app, outbound=Led(running.place))}
    app.extensions["house"].database.close()


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS])
def test_an_attack_signs_nobody_in(attacked, attack: Attack) -> None:
    scene = Scene(**attacked)
    assert attack.do(scene) == attack.ends
    assert scene.gained() == set()
    assert max(scene.statuses) < 500


def test_the_scene_itself_lets_an_honest_reader_in(attacked) -> None:
    """So that an attack is refused for what is wrong with it, not because nobody gets in there."""
    scene = Scene(**attacked)
    token = scene.session()
    assert scene.me(Authorization=f"Bearer {token}", Origin=scene.blog.origin) == 200


def test_there_are_hundreds_of_attacks_each_of_its_own_name() -> None:
    assert len(ATTACKS) >= 150
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []
