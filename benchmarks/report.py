"""Writes the report: what was promised, what was found, and two plots."""

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.measured import Measured
from benchmarks.plots import bars, lines

FOLDER: Final = Path(__file__).parent
_HEAD: Final = """# How fast it is

Written by `./run bench` on {day}, {short}in {minutes:.0f} minutes: {machine}, Python {python}, SQLite {sqlite}.
While it ran, {load:.1f} processes on average wanted one of the {cores} processors, this measurement's own
(about 2) among them{busy}.

Servers had one processor, the load another. A rate is what one processor is good for: requests divided by the
processor time that the servers spent on them, since other work on the machine hardly changes that; beside it
stands what was answered in a second while it was measured. A figure is the median of its rounds, in brackets
the least and the most. Each round measures everything once, one after the other, and ratios are taken within a
round, so that what else the machine did falls on all alike. *nginx* is Debian's with one worker, serving the
same bytes as a file. Isso comes from its package, in an environment of its own. remark42 is in no registry and
was not measured; the bars that speak of it rest on its figure on another machine (5,500 requests/s warm, where
nginx served 61,000 to 86,000): the ratio to nginx says more.
"""
_READS: Final = {
    "nginx, a file of the same bytes, 16 connections": "nginx, a file",
    "the page behind the shipped nginx, 16 connections": "ours behind nginx",
    "a page of 50 comments, 16 connections": "ours, alone",
    "any of 2,000 pages": "ours, any of 2,000 pages",
    "20 counts": "ours, 20 counts",
    "Isso behind gunicorn, the same 50 comments": "Isso behind gunicorn",
}


def write(found: Mapping[str, Sequence[Measured | str]], *, short: bool, minutes: float, load: float) -> Path:
    """Write report.md and its plots beside this file; return the report."""
    measured = [one for results in found.values() for one in results if isinstance(one, Measured)]
    cores = os.cpu_count() or 1
    head = _HEAD.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        short="in its short form, " if short else "",
        minutes=minutes,
        machine=f"{cores} processors ({platform.machine()})",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        load=load,
        cores=cores,
        busy=": it was busy with other things, and times that went by are too long" if load > cores + 1.5 else "",
    )
    parts = [head, *_verdict(measured)]
    for name, results in found.items():
        parts.append(f"\n## {name}\n")
        parts += _table([one for one in results if isinstance(one, Measured)])
        told = [one for one in results if isinstance(one, str)]
        if told:
            parts += ["", "```", *told, "```"]
    parts += _plots(measured)
    file = FOLDER / "report.md"
    file.write_text("\n".join(parts) + "\n")
    return file


def _verdict(measured: Sequence[Measured]) -> list[str]:
    barred = [one for one in measured if one.bar is not None]
    missed = [one for one in barred if not one.met]
    said = [f"**{len(barred) - len(missed)} of {len(barred)} bars are met.**"]
    said += [f"- {one.what}: {one.found()}, wanted {one.wanted()}, {one.verdict()}" for one in missed]
    return said


def _table(measured: Sequence[Measured]) -> list[str]:
    if not measured:
        return []
    rows = [f"| {one.what} | {one.found()} | {one.wanted()} | {one.verdict()} | {one.remark} |" for one in measured]
    return ["| what | found | bar | | |", "|---|---|---|---|---|", *rows]


def _plots(measured: Sequence[Measured]) -> list[str]:
    by_name = {one.what: one for one in measured}
    reads = [
        (says, by_name[what].median, f"{by_name[what].median:,.0f}/s")
        for what, says in _READS.items()
        if what in by_name
    ]
    drawn = []
    if reads:
        ours = [says for says, _, _ in reads if says.startswith("ours")]
        (FOLDER / "reads.svg").write_text(bars("Requests a second, 16 connections", reads, ours=ours))
        drawn.append("![Requests a second](reads.svg)")
    grown = {one.what.partition(":")[0]: one.remark.removesuffix(" ms") for one in measured if "→" in one.remark}
    if grown:
        series = {name: [float(part) for part in remark.split(" → ")] for name, remark in grown.items()}
        sizes = [10.0 ** (3 + step) for step in range(len(next(iter(series.values()))))]
        short = {
            name.partition(",")[0].removeprefix("a ").removeprefix("the "): values for name, values in series.items()
        }
        (FOLDER / "growth.svg").write_text(lines("The same work as comments pile up", sizes, short, unit="ms"))
        drawn.append("![Growth](growth.svg)")
    return ["", *drawn] if drawn else []
