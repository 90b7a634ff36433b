"""The product as a person starts it: the trial, or a fresh installation, each a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import requests

from tests.browser.blog import embed, running_blog

COMMAND = str(Path(sys.executable).with_name("moderation"))
PATIENCE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A running trial: where it is, and what a program may ask of it."""

    service: str
    blog: str
    page: str
    site: str
    dashboard: str
    issuer: str
    other_blog: str
    owner: dict[str, str]
    api_key: str

    @property
    def origins(self) -> set[str]:
        """All that a browser may talk to."""
        return {self.service, self.blog, self.other_blog, self.issuer}

    def send(self, body: str, *, name: str = "Guest", page: str = "/her", title: str = "A post", **more: Any) -> Any:
        """Send a guest's comment as the widget would, and return the whole answer."""
        guest = {"name": name, "email": "guest@mail.example", "website": more.pop("website", None)}
        there = {"key": page, "url": self.other_blog + quote(page), "title": title}
        sent = {"site": self.site, "page": there, "body": body, "guest": guest, **more}
        return requests.post(f"{self.service}/api/v1/comments", json=sent, timeout=PATIENCE)

    def comment(self, body: str, **more: Any) -> str:
        """Send a guest's comment and return its id."""
        answer = self.send(body, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def decide(self, *comments: str, status: str = "approved") -> None:
        """Decide on comments with the owner's personal key."""
        for start in range(0, len(comments), 100):
            wanted = {"comments": comments[start : start + 100], "status": status}
            answer = self._ask("POST", "decisions", json=wanted)
            assert {result["status"] for result in answer["results"]} == {status}, answer

    def queue(self, status: str = "waiting") -> list[dict[str, Any]]:
        """Return all comments of a status."""
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            answer = self._ask("GET", "queue", params={"site": self.site, "status": status, "after": after or None})
            found += answer["comments"]
            after = answer["next"]
        return found

    def statuses(self, text: str) -> list[str]:
        """Return the statuses of all comments with this text in their body."""
        known = ("waiting", "approved", "rejected", "spam")
        return [status for status in known for comment in self.queue(status) if text in comment["body"]]

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        address = f"{self.service}/api/v1/{path}"
        answer = requests.request(method, address, headers=headers, timeout=PATIENCE, **more)
        answer.raise_for_status()
        return dict(answer.json())


def unlike_any(words: str) -> str:
    """Return words that no other comment has."""
    return f"{words} {uuid4().hex[:12]}"


def own_key(word: str) -> str:
    """Return the key of a page that nobody else has."""
    return f"/{word}-{uuid4().hex[:12]}"


@contextmanager
def running_trial(folder: Path, *options: str) -> Iterator[Trial]:
    """Start a trial with its own data and a second blog, and stop it as its owner would."""
    data = str(folder / "data")
    command = [COMMAND, "demo", "--data", data, "--port", "0", "--blog-port", "0", "--json", *options]
    with running_blog() as blog, _started(command, folder, stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line, (folder / "log").read_text()
        trial = Trial(**json.loads(line), other_blog=blog.origin)
        embed(blog, service=trial.service, site=trial.site)
        register = [COMMAND, "site", "origins", trial.site, "add", blog.origin]
        subprocess.run(register, env={**os.environ, "MODERATION_DATA": data}, check=True, stdout=subprocess.DEVNULL)
        yield trial


@contextmanager
def fresh_installation(folder: Path) -> Iterator[tuple[str, str]]:
    """Start a service that nobody has set up yet; gives its address and the link by which to begin."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    mine = {**os.environ, "MODERATION_DATA": str(folder / "data"), "MODERATION_PUBLIC_URL": address}
    with _started([COMMAND, "serve", "--port", str(port)], folder, env=mine) as process:
        until_it_answers(f"{address}/health/ready", process)
        setup = subprocess.run([COMMAND, "setup"], env=mine, capture_output=True, text=True, check=True)
        link = re.search(rf"{address}/setup/\S+", setup.stdout)
        assert link, setup
        yield address, link[0]


def until_it_answers(address: str, process: "subprocess.Popen[str]") -> None:
    """Wait for a service that is being started."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(address, timeout=PATIENCE).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise TimeoutError(f"{address} does not answer")


@contextmanager
def _started(command: list[str], folder: Path, **more: Any) -> Iterator["subprocess.Popen[str]"]:
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log, text=True, **more) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert status == 0, (folder / "log").read_text()
