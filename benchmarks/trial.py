"""A trial as a process of its own, for measuring."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A running trial: what it printed, its folder, and its process."""

    told: dict[str, Any]
    data: Path
    pid: int

    def processes(self) -> dict[int, int]:
        """Return the resident memory of every process of the trial, in bytes, by process id."""
        parents = {int(file.parent.name): _parent(file) for file in Path("/proc").glob("[0-9]*/stat")}
        family = {self.pid}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return {pid: _resident(pid) for pid in sorted(family)}

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to the service."""
        return http.client.HTTPConnection("localhost", int(self.told["service"].rpartition(":")[2]), timeout=60)

    def dashboard_cookie(self) -> str:
        """Sign the owner in; return the cookies of the dashboard."""
        with closing(self.connect()) as connection:
            connection.request("GET", "/dashboard/sign-in")
            answer = connection.getresponse()
            cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
            assert token is not None
            sent = urllib.parse.urlencode({**self.told["owner"], "csrf_token": token[1]})
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
            connection.request("POST", "/dashboard/sign-in", sent, headers)
            answer = connection.getresponse()
            answer.read()
            return "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or [])


@contextmanager
def trial(*words: str, **settings: str) -> Iterator[Trial]:
    """Run `moderation demo` without limits and without comments, on free ports, in a folder of its own.

    Args:
        settings: options of the service, such as ``metrics_key``.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "moderation", "demo", "--json", "--no-limits", "--empty", "--port", "0"]
        command += ["--blog-port", "0", "--data", folder, *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
        environment |= {f"MODERATION_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        assert process.stdout is not None
        try:
            yield Trial(told=json.loads(process.stdout.readline()), data=Path(folder), pid=process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _parent(file: Path) -> int:
    try:
        return int(file.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
