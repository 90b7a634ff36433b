"""A trial as a process of its own, for measuring."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
