"""The real service as a process of its own, to be asked, stopped and killed."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def until(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"did not hold within {seconds} s")
        time.sleep(0.01)
    return value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def environment(data: Path, **settings: Any) -> dict[str, str]:
    """The environment of a command: nobody's own settings, but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    given = {"data": data, "limited": "false"} | settings
    return kept | {f"MODERATION_{name.upper()}": str(value) for name, value in given.items()}


def moderation(*words: str, data: Path, stdin: str = "", **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "moderation", *words]
    return subprocess.run(
        command, env=environment(data, **settings), input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


class Serving:
    """`moderation serve`, started; ``log`` holds what it says.

    Args:
        program: what to start instead of `moderation`, a module that takes the same words.
        variables: over the environment.
        folder: where to start it, so that another tree's program is taken.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        program: str = "moderation",
        variables: dict[str, str] | None = None,
        folder: Path | None = None,
        **settings: Any,
    ) -> None:
        self.port = port or free_port()
        public = {"public_url": f"http://localhost:{self.port}", "port": self.port}
        command = [sys.executable, "-m", program, "serve"]
        given = environment(data, **public, **settings) | (variables or {})
        self.process = subprocess.Popen(command, env=given, stderr=subprocess.PIPE, text=True, cwd=folder)
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.log.append(line.rstrip())

    def started(self, name: str) -> list[int]:
        """Return the process ids that a child had so far, the newest last."""
        lines = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [line["pid"] for line in lines if line["message"] == "started" and line["child"] == name]

    def ask(self, path: str = "/health/ready", *, body: Any = None, headers: Any = (), seconds: float = 10) -> Any:
        """Return status and body of an answer; raises OSError or HTTPException when there is none."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=seconds)
        try:
            sent = None if body is None else json.dumps(body)
            named = dict(headers) | ({"Content-Type": "application/json"} if sent else {})
            connection.request("POST" if sent else "GET", path, sent, named)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        try:
            return bool(self.ask(seconds=2)[0] == 200)
        except (OSError, http.client.HTTPException):
            return False

    def wait(self) -> "Serving":
        def ready_or_ended() -> bool:
            assert self.process.poll() is None, "\n".join(self.log)
            return self.is_ready()

        until(ready_or_ended, 60)
        return self

    def stop(self) -> int:
        """Ask it to stop; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join(10)
        return status

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)
        self._reader.join(10)
        assert self.process.stderr
        self.process.stderr.close()


@contextmanager
def serving(data: Path, **settings: Any) -> Iterator[Serving]:
    """The service, ready, and ended afterwards."""
    service = Serving(data, **settings)
    try:
        yield service.wait()
    finally:
        service.end()


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def resident(pid: int) -> float:
    """A process's resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
