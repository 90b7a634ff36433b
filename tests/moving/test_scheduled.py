"""Backups that are made by themselves: as often as was asked for, the newest kept, and nothing else touched."""

from datetime import timedelta

from moderation.moving.scheduled import backups, due, thin_out
from tests import make

DAY = timedelta(days=1)


def test_the_first_is_due_at_once_and_the_next_a_day_later(tmp_path):
    folder = tmp_path / "backups"
    first = due(folder, every=DAY, now=make.NOW)
    assert first.name == "moderation-20261122T062800Z.backup"
    folder.mkdir()
    first.touch()
    assert due(folder, every=DAY, now=make.NOW + DAY - timedelta(seconds=1)) is None
    assert due(folder, every=DAY, now=make.NOW + DAY).name == "moderation-20261123T062800Z.backup"


def test_the_oldest_go_and_what_is_not_ours_stays(tmp_path):
    for day in range(5):
        (tmp_path / f"moderation-2026112{day}T000000Z.backup").touch()
    for other in ("moderation-2026.backup", ".moderation-20261120T000000Z.backup.part", "my-own.backup"):
        (tmp_path / other).touch()
    thin_out(tmp_path, keep=2)
    assert [file.name for _, file in backups(tmp_path)] == [
        "moderation-20261123T000000Z.backup",
        "moderation-20261124T000000Z.backup",
    ]
    assert len(list(tmp_path.iterdir())) == 5
