"""The container file's steps, taken in a folder: what it installs runs away from the checkout, with what it sets."""

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from moderation.settings import Settings
from tests.cli.serving import free_port, until

ROOT = Path(__file__).parents[1]
STEPS = (ROOT / "config" / "Containerfile").read_text().replace("\\\n", " ")


def steps(word: str) -> list[str]:
    """Return what follows a word at the beginning of lines."""
    return [line.partition(" ")[2] for line in STEPS.splitlines() if line.startswith(f"{word} ")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The project, installed as the container's build does it, beside libraries that are there already."""
    folder = tmp_path_factory.mktemp("container")
    wheel = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheel")]
    subprocess.run(wheel, cwd=ROOT, check=True, capture_output=True)
    (file,) = (folder / "wheel").glob("*.whl")
    install = [sys.executable, "-m", "zipfile", "-e", str(file), str(folder / "site")]
    subprocess.run(install, check=True, capture_output=True)
    return folder


def command(installed, *words):
    """Return what runs a command of the installed project, and nothing of the checkout."""
    path = os.pathsep.join([str(installed / "site"), sysconfig.get_paths()["purelib"]])
    start = f"import sys; sys.path[:0] = {path.split(os.pathsep)!r}; from moderation.cli import main; main()"
    return [sys.executable, "-I", "-S", "-c", start, *words]


def test_what_it_copies_and_sets_exists():
    for sources in steps("COPY"):
        if not sources.startswith("--from"):
            assert all((ROOT / source).exists() for source in sources.split()[:-1])
    named = re.findall(r"MODERATION_(\w+)=", " ".join(steps("ENV")))
    assert named
    assert {name.lower() for name in named} <= set(Settings.__struct_fields__)
    assert steps("USER") == ["moderation"]
    assert "--require-hashes -r requirements/run.txt" in " ".join(steps("RUN"))


def test_what_it_installs_serves_with_what_it_sets_and_its_health_check_finds_it_well(installed, tmp_path):
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODERATION_", "PYTHON"))}
    given = dict(re.findall(r"(MODERATION_\w+)=(\S+)", " ".join(steps("ENV"))))
    given |= {"MODERATION_DATA": str(tmp_path / "data"), "MODERATION_PORT": str(port)}
    words = json.loads(steps("CMD")[0])
    process = subprocess.Popen(
        command(installed, *words), cwd=tmp_path, env=kept | given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    health = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
    check = [sys.executable, *health[1:-1], health[-1].replace(":8000/", f":{port}/")]
    try:
        until(lambda: subprocess.run(check, capture_output=True, check=False).returncode == 0, 60)
        process.send_signal(getattr(signal, steps("STOPSIGNAL")[0]))
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait(30)
        process.stderr.close()
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
