"""Programs from the npm registry: installed once for each lock file, beside the libraries of this Python."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OLDEST_NODE = 20


def installed(source: Path, name: str, *, what: str) -> Path:
    """Return a folder with everything of a folder and what its lock file names.

    Args:
        what: what is missing where there is no Node.js, in the words of the skipped test.
    """
    need_node(what)
    lock = (source / "package-lock.json").read_bytes()
    folder = Path(sys.prefix) / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True, stdin=subprocess.DEVNULL, timeout=120)
            (folder / "ready").touch()
        # The newest of what we wrote ourselves, whichever the installed copy began with.
        for own in source.glob("*.js"):
            shutil.copy(own, folder)
    return folder


def need_node(what: str) -> None:
    """Skip the test, and say why, where there is no Node.js and it cannot be installed."""
    if not (shutil.which("node") and shutil.which("npm")) and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "nodejs", "npm"]):
            subprocess.run(
                ["apt-get", "-qq", *words], check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True
            )
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(f"no {what}: it needs Node.js and npm (Debian: sudo apt install nodejs npm)")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)", said)
    if version is None or int(version[1]) < OLDEST_NODE:
        pytest.skip(f"no {what}: it needs Node.js {OLDEST_NODE} or newer, this is {said.strip()}")
