"""Backups that are made by themselves: which is due, what it is called, and which are too old to keep."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"moderation-(\d{8}T\d{6})Z\.backup")
_STAMP: Final = "%Y%m%dT%H%M%S"


def backups(folder: Path) -> Sequence[tuple[datetime, Path]]:
    """Return the backups in a folder that were made by themselves, with their moments, the oldest first."""
    if not folder.is_dir():
        return []
    found = ((_NAME.fullmatch(file.name), file) for file in folder.iterdir())
    return sorted((datetime.strptime(name[1], _STAMP).replace(tzinfo=UTC), file) for name, file in found if name)


def due(folder: Path, *, every: timedelta, now: datetime) -> Path | None:
    """Return the file to write the next backup to, None while the newest is young enough."""
    made = backups(folder)
    if made and now < made[-1][0] + every:
        return None
    return folder / f"moderation-{now.astimezone(UTC):{_STAMP}}Z.backup"


def thin_out(folder: Path, *, keep: int) -> None:
    """Remove the oldest ones; files of other names are nobody's business here."""
    for _, file in backups(folder)[:-keep]:
        file.unlink(missing_ok=True)
