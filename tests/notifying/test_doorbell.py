"""The doorbell wakes the worker, and nobody waits for it."""

import subprocess
import sys
import threading
import time

import pytest

from moderation.notifying.doorbell import Doorbell
from moderation.settings import load_settings


def settings(tmp_path, **given):
    (tmp_path / "data").mkdir(exist_ok=True)
    return load_settings(data=tmp_path / "data", secret="s" * 40, **given)


class Ears(threading.Event):
    """What a worker heard."""

    count = 0

    def set(self):
        self.count += 1
        super().set()


@pytest.fixture
def heard(tmp_path):
    """A worker that listens."""
    event = Ears()
    stop = Doorbell(settings(tmp_path)).listen(event.set)
    yield event
    stop()


def test_a_ring_is_heard_within_a_second(tmp_path, heard):
    began = time.monotonic()
    Doorbell(settings(tmp_path)).ring()
    assert heard.wait(10)
    print(f"heard after {(time.monotonic() - began) * 1000:.0f} ms")


def test_a_ring_made_without_the_secret_is_not_heard(tmp_path, heard):
    stranger = Doorbell(load_settings(data=tmp_path / "data", secret="x" * 40))._huey()
    stranger.task(name="moderation.ring")(lambda: None)()
    while stranger.storage.queue_size():
        time.sleep(0.01)
    Doorbell(settings(tmp_path)).ring()
    assert heard.wait(10)
    assert heard.count == 1


def test_a_thousand_rings_while_nobody_listens_make_one(tmp_path):
    doorbell = Doorbell(settings(tmp_path))
    queue = doorbell._huey().storage
    for _ in range(1000):
        doorbell.ring()
    while queue.queue_size() == 0:
        time.sleep(0.01)
    other = Doorbell(settings(tmp_path))
    other.ring()
    while other._wanted.is_set():
        time.sleep(0.01)
    assert queue.queue_size() == 1


@pytest.mark.parametrize("redis_url", ["", "redis://127.0.0.1:1/0"])
def test_ringing_neither_fails_nor_waits_when_there_is_nothing_to_ring(tmp_path, redis_url):
    doorbell = Doorbell(settings(tmp_path, redis_url=redis_url))
    (tmp_path / "data").rmdir()
    began = time.monotonic()
    for _ in range(100):
        doorbell.ring()
    assert time.monotonic() - began < 0.5


def test_a_bell_in_a_file_loads_no_client_of_a_server(tmp_path):
    code = """
import sys
from moderation.notifying.doorbell import Doorbell
from moderation.settings import load_settings
bell = Doorbell(load_settings(data=sys.argv[1], secret="s" * 40))
bell.listen(print)()
bell._huey()
assert not {"redis", "psycopg"} & set(sys.modules)
import redis
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
