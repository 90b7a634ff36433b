"""nginx for comparing: the shipped configuration without TLS before a service, and files of the same bytes."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import server_core
from tests.cli.serving import free_port, until
from tests.nginx import adapted

_FILES = """
    server {{
        listen {port};
        root {folder};
        default_type application/json;
        access_log {folder}/../files.log;
        add_header Content-Encoding gzip;
        add_header Cache-Control "public, max-age=0, s-maxage=1";
    }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Two addresses of one nginx: before the service, and of the files."""

    front: str
    files: str
    pid: int


@contextmanager
def beside(nginx: str, folder: Path, service: int) -> Iterator[Beside]:
    """Run nginx with one worker on the servers' processor; what lies in ``folder/files`` is served as it is."""
    port, files = free_port(), free_port()
    text = adapted(folder, service=service, port=port, plain=free_port())
    text = re.sub(r"\n +ssl_[^\n]+", "", text.replace(" ssl http2 default_server", " default_server"))
    own = f"worker_processes 1;\nworker_cpu_affinity auto {1 << server_core():b};"
    text = text.replace("worker_processes 1;", own)
    end = text.rstrip().rfind("}")
    text = text[:end] + _FILES.format(port=files, folder=folder / "files") + "}\n"
    # Tests read the log at once; what is shipped writes it seldom.
    text = text.replace("moderation.log ids if", "moderation.log ids buffer=64k flush=5s if")
    # The load comes from one address.
    text = text.replace("limit_conn connections 200;", "")
    file = folder / "nginx.conf"
    file.write_text(text)
    process = subprocess.Popen(
        [nginx, "-c", str(file), "-p", str(folder), "-g", "daemon off;"], stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: process.poll() is not None or _listens(files))
        if process.poll() is not None:
            raise RuntimeError("nginx did not start")
        yield Beside(front=f"http://localhost:{port}", files=f"http://localhost:{files}", pid=process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
