"""Runs somebody else's OpenID Connect provider, certified by the OpenID Foundation (the npm package oidc-provider)."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "node"
OLDEST_NODE = 20


@dataclass(frozen=True, kw_only=True)
class Certified:
    """The running provider, at which everybody is Alice."""

    address: str
    process: "subprocess.Popen[str]"

    def told(self, order: str) -> None:
        """Let it change its keys (rotate), or the mind of everybody who comes (deny, agree)."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{order}\n"


@contextmanager
def certified(*, redirect_uri: str, secret: str) -> Iterator[Certified]:
    """Start the provider; it is installed first, if it is not yet."""
    folder = _installed()
    command = ["node", str(folder / "server.js"), json.dumps({"redirect_uri": redirect_uri, "secret": secret})]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address, "the provider did not start"
            yield Certified(address=address, process=process)
        finally:
            process.terminate()


def _installed() -> Path:
    """Return a folder with the provider in it, beside the libraries of this Python; made once for each lock file."""
    _need_node()
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = Path(sys.prefix) / f"certified-provider-{hashlib.sha256(lock).hexdigest()[:12]}"
    with folder.with_suffix(".lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(SOURCE, folder)
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(["npm", "ci", *quiet], cwd=folder, check=True, stdin=subprocess.DEVNULL, timeout=120)
            (folder / "ready").touch()
        # The newest of what we wrote ourselves, whichever the installed copy began with.
        shutil.copy(SOURCE / "server.js", folder)
    return folder


def _need_node() -> None:
    if not (shutil.which("node") and shutil.which("npm")) and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "nodejs", "npm"]):
            subprocess.run(
                ["apt-get", "-qq", *words], check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True
            )
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no certified provider: it needs Node.js and npm (Debian: sudo apt install nodejs npm)")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)", said)
    if version is None or int(version[1]) < OLDEST_NODE:
        pytest.skip(f"no certified provider: it needs Node.js {OLDEST_NODE} or newer, this is {said.strip()}")
