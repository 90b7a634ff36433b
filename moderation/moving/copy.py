"""The file that a backup of SQLite is: a database of its own, and behind it one line that says what it is.

SQLite does not look behind its last page, so the file can be opened as it is; but once somebody has written to it, the
line is gone or does not fit any more.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy import table as sql_table
from sqlalchemy.exc import DatabaseError

from moderation.foundation.checksum import checksum_of
from moderation.foundation.errors import Refused
from moderation.moving.archive import Heading, Row, Table
from moderation.moving.rows import all_rows, tables_of

MAGIC: Final = b"SQLite format 3\0"
_MARK: Final = b"\nmoderation-backup "
_LONGEST_LINE: Final = 2000


def seal_copy(file: Path, heading: Heading) -> None:
    """Write behind a copy of the database what it is, and its checksum."""
    words = heading.as_line().decode()
    with file.open("ab") as end:
        end.write(_MARK + json.dumps({"heading": json.loads(words), "sha256": checksum_of(file)}).encode() + b"\n")


class Copy:
    """A backup's rows, as read from such a file.

    Raises:
        Refused: in any of its methods, when the file is not whole.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def heading(self) -> Heading:
        """Return what the backup is."""
        return self._end()[0]

    def check(self, progress: Callable[[int], None]) -> int:
        """Compare the checksum; return how many rows there are."""
        _, expected, length = self._end()
        if checksum_of(self._file, length) != expected:
            raise Refused(f"{self._file} is damaged, or was changed after it was made.")
        count = 0
        with self._opened() as connection:
            for table in tables_of(connection):
                count += connection.scalar(select(func.count()).select_from(sql_table(table.name))) or 0
                progress(count)
        return count

    def tables(self) -> Iterator[tuple[Table, Iterable[Row]]]:
        """Return each table with its rows; take all rows of one before the next."""
        with self._opened() as connection:
            yield from all_rows(connection, lambda _count: None)

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        engine = create_engine(f"sqlite:///file:{quote(str(self._file.resolve()))}?immutable=1&mode=ro&uri=true")
        try:
            with engine.connect() as connection:
                yield connection
        except DatabaseError as error:
            raise Refused(f"{self._file} is damaged.") from error
        finally:
            engine.dispose()

    def _end(self) -> tuple[Heading, str, int]:
        """Return the heading, the checksum, and how long the database before it is."""
        length = self._file.stat().st_size
        with self._file.open("rb") as file:
            file.seek(max(length - _LONGEST_LINE, 0))
            tail = file.read()
        before, mark, line = tail.rpartition(_MARK)
        try:
            if not mark or line.find(b"\n") != len(line) - 1:
                raise ValueError
            words = json.loads(line)
            return Heading.from_words(words["heading"]), str(words["sha256"]), length - len(tail) + len(before)
        except (ValueError, KeyError, TypeError) as error:
            sentence = f"{self._file} is incomplete, was changed, or was not made by moderation backup."
            raise Refused(sentence) from error
