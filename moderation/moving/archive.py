"""The file that a backup of PostgreSQL is: every row of the service as text, with checksums; it fits any database.

Gzipped lines of JSON: what it is, then each table with its columns, its rows, and how many they were, then the end::

    {"format": "moderation-backup-1", "release": "0.1.0", "revision": "0001", "made_at": "2026-11-22T06:28:00Z", …}
    {"table": "origin", "columns": {"site_id": "text", "origin": "text"}}
    ["s_0Da…", "https://blog.example"]
    {"rows": 1}
    {"end": 1, "sha256": "…of all lines before"}
"""

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Final

from moderation.foundation.checksum import Checksum
from moderation.foundation.errors import Refused

FORMAT: Final = "moderation-backup-1"
_SMALL_AND_QUICK: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a backup is: by which release, at which revision of the schema, when, and under which secret key.

    ``seal`` tells whether a secret key is the same; it tells nothing else about it. None where there was no key.
    """

    release: str
    revision: str
    made_at: str
    seal: str | None
    format: str = FORMAT

    def as_line(self) -> bytes:
        """Return it as a line of JSON."""
        return _line(asdict(self))

    @classmethod
    def from_words(cls, words: object) -> "Heading":
        """Read it from JSON.

        Raises:
            ValueError: when it is something else.
        """
        if not isinstance(words, dict) or words.get("format") != FORMAT:
            raise ValueError("no heading")
        seal = words.get("seal")
        given = {name: str(words[name]) for name in ("release", "revision", "made_at")}
        return cls(**given, seal=None if seal is None else str(seal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's name, and its columns with what each holds: text, integer, real, boolean, moment, day, bytes
    or json.

    A ``json`` column's value is its text, so that nothing of it is lost.
    """

    name: str
    columns: dict[str, str]


Row = Sequence[Any]
Rows = Iterable[tuple[Table, Iterable[Row]]]


def write_archive(file: IO[bytes], heading: Heading, tables: Rows) -> int:
    """Write a backup; return how many rows it holds.

    Args:
        tables: each with its rows, read one after the other.
    """
    checksum, written = Checksum(), 0
    # No moment in gzip's own heading: the same rows make the same file.
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_SMALL_AND_QUICK, mtime=0) as packed:

        def write(line: bytes) -> None:
            checksum.add(line)
            packed.write(line)

        write(heading.as_line())
        for table, rows in tables:
            write(_line({"table": table.name, "columns": table.columns}))
            count, pack = 0, [_PACK.get(kind) for kind in table.columns.values()]
            for row in rows:
                write(_line(_each(pack, row)))
                count += 1
            write(_line({"rows": count}))
            written += count
        packed.write(_line({"end": 1, "sha256": checksum.words}))
    return written


class Archive:
    """A backup's rows, as read from such a file.

    Raises:
        Refused: in any of its methods, when the file is not whole.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def heading(self) -> Heading:
        """Return what the backup is."""
        with self._told(), gzip.open(self._file) as packed:
            return Heading.from_words(json.loads(packed.readline()))

    def check(self, progress: Callable[[int], None]) -> int:
        """Read all of it and compare the checksum; return how many rows there are."""
        count = 0
        for _table, rows in self.tables():
            for _row in rows:
                count += 1
                progress(count)
        return count

    def tables(self) -> Iterator[tuple[Table, Iterator[Row]]]:
        """Return each table with its rows; take all rows of one before the next."""
        with self._told(), gzip.open(self._file) as packed:
            lines = _Lines(packed)
            Heading.from_words(lines.next())
            while "table" in (words := lines.next()):
                table = Table(name=words["table"], columns=words["columns"])
                yield table, self._rows(lines, table)
            lines.check_end(words)

    def _rows(self, lines: "_Lines", table: Table) -> Iterator[Row]:
        unpack, count = [_UNPACK.get(kind) for kind in table.columns.values()], 0
        with self._told():
            while isinstance(row := lines.next(), list):
                count += 1
                yield _each(unpack, row)
            if row["rows"] != count:
                raise ValueError("rows are missing")

    def _told(self) -> "_Told":
        return _Told(self._file)


class _Told:
    """Turns what reading a damaged file may raise into a sentence."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, EOFError):
            raise Refused(f"{self._file} is incomplete: its end is missing.") from error
        if isinstance(error, gzip.BadGzipFile | zlib.error | ValueError | KeyError | TypeError):
            raise Refused(f"{self._file} is damaged, or no backup of this service.") from error


class _Lines:
    """Lines of JSON that are summed up as they are read."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._checksum = Checksum()
        self._before = b""

    def next(self) -> Any:
        self._checksum.add(self._before)
        self._before = self._packed.readline()
        if not self._before.endswith(b"\n"):
            raise EOFError
        return json.loads(self._before)

    def check_end(self, words: Any) -> None:
        """Compare the sum of all lines but the last; gzip checks its own when the file is read to its end."""
        if words["sha256"] != self._checksum.words or self._packed.read(1):
            raise ValueError("another checksum")


def _line(words: object) -> bytes:
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _each(change: Sequence[Callable[[Any], Any] | None], row: Row) -> list[Any]:
    return [value if value is None or do is None else do(value) for do, value in zip(change, row, strict=True)]


def _pack_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _pack_bytes(content: bytes) -> str:
    return base64.b64encode(content).decode()


_PACK: Final[dict[str, Callable[[Any], Any]]] = {
    "moment": _pack_moment,
    "day": date.isoformat,
    "bytes": _pack_bytes,
}
_UNPACK: Final[dict[str, Callable[[Any], Any]]] = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": base64.b64decode,
}
