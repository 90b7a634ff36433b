"""The one command sets itself up once, repairs what was interrupted, and then gets out of the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Stands for the program itself: says what it was given, or waits for a signal.
PROGRAM = """
import os, signal, sys
def main():
    if sys.argv[1:] == ["wait"]:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
        print("waiting", flush=True)
        signal.pause()
    print(sys.argv[1:], os.getcwd(), os.environ.get("PYTHONPATH"), flush=True)
    return 3 if "fail" in sys.argv else 0
"""
# Stands for the installer, since a test does not reach for the network: notes each call, and is as slow as it is told.
INSTALLER = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
while [ -e "$(dirname "$0")/slow" ]; do sleep 0.02; done
"""


class Checkout:
    """A small project with the real ``run``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a checkout"
        self.tools = folder / "tools"
        for name, content in {"run": "x==1\n", "development": "x==1\ny==1\n"}.items():
            self.write(f"requirements/{name}.txt", content)
        self.write("moderation/__init__.py", "")
        self.write("moderation/cli.py", PROGRAM)
        shutil.copy(ROOT / "run", self.folder)
        self.tools.mkdir()
        (self.tools / "uv").write_text(INSTALLER)
        (self.tools / "uv").chmod(0o755)

    def write(self, name: str, content: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(content)

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        python = getattr(sys, "_base_executable", sys.executable)
        settings = {"PATH": f"{self.tools}:/usr/bin:/bin", "HOME": str(self.folder), **environment}
        return subprocess.Popen(
            [python, self.folder / "run", *words],
            env=settings,
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words, **environment)
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, errors)

    @property
    def installs(self) -> int:
        calls = self.tools / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    @property
    def slow(self) -> Path:
        """While this file is there, the installer does not come to an end."""
        return self.tools / "slow"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_words_status_and_folder_reach_the_program_and_its_output_stays_clean(checkout: Checkout) -> None:
    done = checkout.run("site", "add", "--name=A B", "fail")
    assert done.stdout == f"{['site', 'add', '--name=A B', 'fail']} {checkout.folder.parent} None\n"
    assert done.returncode == 3
    assert "Installing 1 libraries from requirements/run.txt" in done.stderr


def test_alone_it_starts_the_trial(checkout: Checkout) -> None:
    assert checkout.run().stdout.startswith("['demo']")


def test_the_second_start_installs_nothing_and_says_nothing(checkout: Checkout) -> None:
    checkout.run("x")
    again = checkout.run("x")
    assert (again.stderr, checkout.installs) == ("", 1)


def test_a_changed_lock_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.run("x")
    checkout.write(".venv/leftover", "")
    checkout.write("requirements/run.txt", "x==2\n")
    assert checkout.run("x").returncode == 0
    assert checkout.installs == 2
    assert not (checkout.folder / ".venv/leftover").exists()


def test_a_moved_checkout_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.run("x")
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    assert checkout.run("x").returncode == 0
    assert checkout.installs == 2


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.run("x")
    for name in ("python", "python3"):
        python = checkout.folder / ".venv/bin" / name
        python.unlink()
        python.symlink_to(checkout.folder / "python-that-was-removed")
    assert checkout.run("x").returncode == 0


def test_a_start_after_a_killed_one_waits_for_what_still_writes_and_repairs(checkout: Checkout) -> None:
    checkout.slow.touch()
    first = checkout.start("x")
    wait_for(lambda: checkout.installs == 1)
    first.kill()
    first.wait()
    second = checkout.start("x")
    assert second.stderr
    assert second.stderr.readline().startswith("Waiting for another set-up")
    checkout.slow.unlink()
    out, _ = second.communicate(timeout=60)
    first.communicate()
    assert out.startswith("['x']")
    assert checkout.installs == 2


def test_two_at_once_set_up_once(checkout: Checkout) -> None:
    checkout.slow.touch()
    first, second = checkout.start("x"), checkout.start("x")
    wait_for(lambda: checkout.installs == 1)
    checkout.slow.unlink()
    assert [process.communicate(timeout=60)[0][:5] for process in (first, second)] == ["['x']", "['x']"]
    assert checkout.installs == 1


def test_a_signal_reaches_the_program(checkout: Checkout) -> None:
    process = checkout.start("wait")
    assert process.stdout
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 7


def test_another_environments_settings_do_not_leak_in(checkout: Checkout, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "moderation.py").write_text("raise SystemExit('leaked')")
    checkout.run("x")
    done = checkout.run("x", PYTHONPATH=str(other), VIRTUAL_ENV=str(other))
    assert done.stdout.endswith(" None\n")


def test_a_failing_installer_is_named_and_leaves_nothing_that_counts_as_ready(checkout: Checkout) -> None:
    (checkout.tools / "uv").write_text("#!/bin/sh\nexit 1\n")
    failed = checkout.run("x", PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_CONFIG_FILE=os.devnull)
    assert failed.returncode == 1
    assert "this step of the set-up failed" in failed.stderr
    assert "Is the network there?" in failed.stderr
    (checkout.tools / "uv").write_text(INSTALLER)
    assert checkout.run("x").stdout.startswith("['x']")
