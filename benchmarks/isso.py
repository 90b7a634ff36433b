"""Isso, another self-hosted comment system in Python, in an environment of its own, with the same comments."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.load import server_core
from benchmarks.seed import TEXT
from tests.cli.serving import free_port, until

_SETTINGS = """
[general]
dbpath = {folder}/comments.db
host = http://localhost:{port}/
[moderation]
enabled = false
[server]
listen = http://localhost:{port}/
[guard]
enabled = false
"""


@contextmanager
def isso(folder: Path, *, comments: int) -> Iterator[tuple[str, int] | None]:
    """Run Isso behind gunicorn with a page of comments; give its address and process, None when it cannot be had."""
    python = folder / "isso" / "bin" / "python"
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", folder / "isso"], check=True, capture_output=True
        )
        wanted = ["isso", "gunicorn", "setuptools<81"]
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        subprocess.run([*pip, *wanted], check=True, capture_output=True, timeout=600)
    except (OSError, subprocess.SubprocessError):
        yield None
        return
    port = free_port()
    file = folder / "isso.cfg"
    file.write_text(_SETTINGS.format(folder=folder, port=port))
    command = ["taskset", "-c", str(server_core()), python, "-m", "gunicorn", "-b", f"localhost:{port}", "-w", "1"]
    command += ["--threads", "4", "isso.run"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODERATION_", "PYTHON"))}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([str(word) for word in command], env=kept | {"ISSO_SETTINGS": str(file)}, **quiet)
    try:
        until(lambda: process.poll() is not None or _answers(port), 60)
        if process.poll() is not None:
            yield None
            return
        for number in range(comments):
            _post(port, TEXT.format(number))
        yield f"http://localhost:{port}/?uri=%2Fhot", process.pid
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        _ask(port, "GET", "/?uri=%2Fhot")
    except OSError:
        return False
    return True


def _post(port: int, text: str) -> None:
    sent = json.dumps({"text": text, "author": "Reader", "title": "Hot", "email": None, "website": None})
    status = _ask(port, "POST", "/new?uri=%2Fhot", sent)
    if status not in (201, 202):
        raise RuntimeError(f"Isso answered {status}")


def _ask(port: int, method: str, path: str, body: str | None = None) -> int:
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
