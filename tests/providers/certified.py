"""Runs somebody else's OpenID Connect provider, certified by the OpenID Foundation (the npm package oidc-provider)."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.node import installed

SOURCE = Path(__file__).parent / "node"


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
    folder = installed(SOURCE, "certified-provider", what="certified provider")
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
