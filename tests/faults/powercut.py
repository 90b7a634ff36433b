"""What would be on the disk if the power had failed: files made anew from what a process wrote and when it synced.

What was synced is there. Of what was written since, each 512-byte sector is there or not, by chance and in any order;
so is a change of its length. That is harsher than most disks are, and says nothing about disks that lie about
syncing, nor about file systems that lose a whole file.
"""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to a file: ``write`` at a place, ``cut`` to a length, or ``sync``; when, in seconds."""

    kind: str
    file: str
    place: int
    content: bytes
    at: float


def build_recorder(folder: Path) -> Path | None:
    """Compile what records; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "powercut.so"
    source = Path(__file__).with_name("powercut.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def read_record(file: Path) -> list[Event]:
    """Return all events, in order; one that was being written is left out."""
    content, events, here = file.read_bytes(), [], 0
    while (line_end := content.find(b"\n", here)) >= 0:
        kind, name, place, length, at = content[here:line_end].decode().split(" ")
        here = line_end + 1 + int(length)
        if here > len(content):
            break
        events.append(Event(kind, name, int(place), content[line_end + 1 : here], float(at)))
    return events


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)


def cuts(events: list[Event], base: bytes, places: list[int], chance: random.Random) -> Iterator[dict[str, bytes]]:
    """Return the files as they may be after a power cut behind each of these events.

    Args:
        base: what the database file held before the first event.
        places: numbers of events, ascending.
    """
    files: dict[str, _File] = {"main": _File(bytearray(base))}
    wanted = set(places)
    for number, event in enumerate(events):
        file = files.setdefault(event.file, _File())
        if event.kind == "sync":
            for pending in file.pending:
                _apply(file.durable, pending, None)
            file.pending.clear()
        else:
            file.pending.append(event)
        if number in wanted:
            yield {name: _after(file, chance) for name, file in files.items()}


def _after(file: _File, chance: random.Random) -> bytes:
    content, share = bytearray(file.durable), chance.choice([0.0, 0.5, 0.9, 1.0])
    for event in file.pending:
        _apply(content, event, lambda: chance.random() < share)
    return bytes(content)


def _apply(content: bytearray, event: Event, keeps: Callable[[], bool] | None) -> None:
    """Do to a file what was done, each sector only if it keeps it."""
    if event.kind == "cut":
        if keeps is not None and not keeps():
            return
        del content[event.place :]
        content.extend(bytes(max(event.place - len(content), 0)))
        return
    for start in range(0, len(event.content), SECTOR):
        if keeps is None or keeps():
            part, at = event.content[start : start + SECTOR], event.place + start
            content.extend(bytes(max(at + len(part) - len(content), 0)))
            content[at : at + len(part)] = part
