"""Processes are kept alive, ended together, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import pytest

from tests.cli.serving import is_alive, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SCRIPT = """
import os, signal, sys, time
from moderation.foundation.errors import Outage, Refused
from moderation.foundation.process import Child, apart
from moderation.foundation.supervise import supervise

def note(word): os.write(1, f"{word} {os.getpid()}\\n".encode())
def calm():
    note("calm")
    signal.pause()
def finishing():
    def stop(*_):
        note("finishing")
        time.sleep(0.5)
        note("finished")
        os._exit(0)
    signal.signal(signal.SIGTERM, stop)
    note("ready")
    while True: signal.pause()
def stubborn():
    signal.signal(signal.SIGTERM, lambda *_: note("told"))
    note("stubborn")
    while True: signal.pause()
def failing():
    note("failing")
    raise ValueError
def hopeless(): raise Refused("The settings are wrong.")
def outage():
    note("outage")
    raise Outage("The database is down.")
"""


class Run:
    """A supervisor in a process of its own; ``words`` are what its children said, each with a process id."""

    def __init__(self, children: str, patience: float = 10) -> None:
        script = f"{SCRIPT}\nsys.exit(supervise([{children}], patience={patience}))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def word(self) -> tuple[str, int]:
        assert self.process.stdout
        word, pid = self.process.stdout.readline().split()
        return word, int(pid)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture
def start():
    runs = []

    def start(children, **options):
        runs.append(Run(children, **options))
        return runs[-1]

    yield start
    for run in runs:
        run.end()


def test_a_child_that_dies_is_there_again_at_once(start):
    run = start('Child(name="a", run=calm)')
    pids = [run.word()[1]]
    for _ in range(3):
        os.kill(pids[-1], signal.SIGKILL)
        began = time.monotonic()
        pids.append(run.word()[1])
        assert time.monotonic() - began < 2
    assert len(set(pids)) == 4


def test_a_child_that_cannot_live_is_not_started_again_and_again(start):
    run = start('Child(name="a", run=failing)')
    moments = []
    for _ in range(6):
        run.word()
        moments.append(time.monotonic())
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[-1] > 1.2
    assert sum(pauses) > 2.5


def test_on_the_way_out_children_finish_what_they_do(start):
    run = start('Child(name="a", run=finishing), Child(name="b", run=finishing)')
    assert {run.word()[0], run.word()[0]} == {"ready"}
    run.process.send_signal(signal.SIGTERM)
    assert sorted(run.word()[0] for _ in range(4)) == ["finished", "finished", "finishing", "finishing"]
    assert run.process.wait(10) == 0


def test_a_child_that_does_not_stop_is_killed_when_patience_ends(start):
    run = start('Child(name="a", run=stubborn)', patience=0.3)
    _, pid = run.word()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(10) == 0
    assert not is_alive(pid)


def test_a_second_signal_ends_the_wait(start):
    run = start('Child(name="a", run=stubborn)', patience=60)
    _, pid = run.word()
    run.process.send_signal(signal.SIGINT)
    assert run.word()[0] == "told"
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(10) == 0
    assert not is_alive(pid)


def test_when_the_parent_is_killed_the_children_die(start):
    run = start('Child(name="a", run=stubborn), Child(name="b", run=calm)')
    pids = [run.word()[1], run.word()[1]]
    run.process.kill()
    until(lambda: not any(map(is_alive, pids)), 5)


def test_a_child_whose_settings_are_wrong_ends_all_with_status_1(start):
    run = start('Child(name="a", run=calm), Child(name="b", run=hopeless)')
    assert run.process.wait(10) == 1


def test_a_child_that_meets_an_outage_is_started_again(start):
    run = start('Child(name="a", run=outage)')
    assert [run.word()[0], run.word()[0]] == ["outage", "outage"]


def test_work_done_apart_tells_its_problem_in_its_own_words():
    def outcome(work):
        script = f"{SCRIPT}\ntry: apart({work})\nexcept Refused as refusal: print(refusal.message)\nelse: print('done')"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout.strip()

    assert outcome("lambda: None") == "done"
    assert outcome("hopeless") == "The settings are wrong."
    assert outcome("failing").endswith("The service could not be set up; the log says why.")
