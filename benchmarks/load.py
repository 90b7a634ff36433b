"""Load by wrk, on a processor of its own, and what it found."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Requests a second, the 99th of 100 latencies in milliseconds, and how many answers were no success.

    ``cost`` is the servers' processor time for each request, in microseconds: other processes hardly change it.
    """

    rate: float
    cost: float
    p99: float
    failed: int
    total: int


def have_wrk() -> bool:
    """Tell whether wrk is there; fetch Debian's when it is not and we may."""
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "wrk", "nginx-light"]):
            subprocess.run(["apt-get", "-qq", *words], check=False, env=quiet, capture_output=True)
    return shutil.which("wrk") is not None


def server_core() -> int:
    """Return the processor that servers run on."""
    return min(os.sched_getaffinity(0))


def load_core() -> int:
    """Return the processor that the load comes from; another one where there are two."""
    return max(os.sched_getaffinity(0))


def pin(pids: Sequence[int]) -> None:
    """Keep processes, with all their threads, on the servers' processor."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*"):
            try:
                os.sched_setaffinity(int(task.name), {server_core()})
            except OSError:
                continue


def spent(pids: Sequence[int]) -> float:
    """Return the processor time that some processes have used, in microseconds, threads that have ended included.

    Source: clock_getcpuclockid(3), which makes the clock's number of the process's in this way.
    """
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += time.clock_gettime_ns(~pid << 3 | 2)
    return total / 1000


def busiest(pids: Sequence[int], address: str) -> int:
    """Return which of some processes answers at an address; others do background work that no request causes."""
    before = {pid: spent([pid]) for pid in pids}
    # Long enough for a machine on which others work, too.
    wrk(address, connections=4, seconds=3)
    return max(pids, key=lambda pid: spent([pid]) - before[pid])


def family(pid: int) -> list[int]:
    """Return a process and all that came from it."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def wrk(
    address: str,
    *,
    connections: int,
    seconds: float,
    headers: Sequence[str] = (),
    script: str = "",
    servers: Sequence[int] = (),
) -> Found:
    """Load an address and say how it fared.

    Args:
        servers: the processes that answer.
        script: Lua, for requests that differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        lua = Path(folder) / "requests.lua"
        lua.write_text(script + _DONE)
        command = ["taskset", "-c", str(load_core()), "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s"]
        command += ["--timeout", "30s", "-s", str(lua)]
        for header in headers:
            command += ["-H", header]
        before = spent(servers)
        done = subprocess.run([*command, address], capture_output=True, text=True, check=True)
        cost = spent(servers) - before
    told = re.search(r"FOUND (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    assert told is not None, done.stdout
    total, micros, p99, bad, broken = (int(word) for word in told.groups())
    return Found(
        rate=total / (micros / 1e6), cost=cost / max(total, 1), p99=p99 / 1000, failed=bad + broken, total=total
    )


def pages_script(paths: Sequence[str]) -> str:
    """Return a script that asks for some paths, one after the other."""
    listed = ",".join(f'"{path}"' for path in paths)
    return f"""
local paths = {{{listed}}}
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", paths[(n * 7919) % #paths + 1])
end
"""


_DONE = """
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("FOUND %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(99),
    e.status, e.connect + e.read + e.write + e.timeout))
end
"""
