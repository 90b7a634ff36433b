"""Debian's nginx with the configuration that is shipped, in front of a service of the tests."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.serving import free_port, until
from tests.foundation.authority import Authority

SHIPPED = Path(__file__).parents[1] / "config" / "nginx.conf"
HOST = "comments.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A running nginx: its ports, its log, and the certificate that its clients trust."""

    port: int
    plain_port: int
    log: Path
    authority: Path


def find_nginx(meeting_place: Path) -> str | None:
    """Return nginx's program, Debian's when root may install it; None when there is none."""
    with (meeting_place / "nginx.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _present()
        if not found and os.geteuid() == 0 and shutil.which("apt-get"):
            _install()
            found = _present()
    return found


@contextmanager
def front(nginx: str, folder: Path, service: int) -> Iterator[Front]:
    """Run nginx in front of a service; nothing of the shipped file is changed but places and ports."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    authority.server(HOST)
    port = plain = free_port()
    while plain == port:
        plain = free_port()
    file = folder / "nginx.conf"
    file.write_text(adapted(folder, service=service, port=port, plain=plain))
    command = [nginx, "-c", str(file), "-p", str(folder), "-g", "daemon off;"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _listens(port) or process.poll() is not None)
        assert process.poll() is None, complaint(nginx, file)
        log = folder / "moderation.log"
        yield Front(port=port, plain_port=plain, log=log, authority=authority.file)
    finally:
        process.send_signal(signal.SIGQUIT if process.poll() is None else signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait(10)


def adapted(folder: Path, *, service: int, port: int, plain: int) -> str:
    """Return the shipped configuration for a folder, other ports, and whoever runs the tests."""
    changes = {
        "user www-data;": "user root;" if os.geteuid() == 0 else "",
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
        "worker_processes auto;": "worker_processes 1;",
        "/var/log/nginx/": f"{folder}/",
        "/var/cache/nginx/moderation": f"{folder}/cache",
        "127.0.0.1:8000": f"127.0.0.1:{service}",
        "listen 80 ": f"listen {plain} ",
        "listen 443 ": f"listen {port} ",
        "/etc/letsencrypt/live/comments.example/fullchain.pem": f"{folder}/server.pem",
        "/etc/letsencrypt/live/comments.example/privkey.pem": f"{folder}/server.pem",
        " buffer=64k flush=5s": "",
    }
    text = SHIPPED.read_text()
    for old, new in changes.items():
        assert old in text, f"the shipped configuration no longer says {old!r}"
        text = text.replace(old, new)
    return text


def complaint(nginx: str, file: Path) -> str:
    """Return what nginx says of a configuration."""
    done = subprocess.run([nginx, "-t", "-c", str(file), "-p", str(file.parent)], capture_output=True, text=True)
    return f"{done.returncode}: {done.stderr}"


def _present() -> str | None:
    given = os.environ.get("NGINX")
    return given or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _install() -> None:
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    install = [*apt, "install", "-y", "--no-install-recommends", "nginx-light"]
    subprocess.run(install, check=False, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
