"""Commands typed at a terminal, run in this process."""

import io
from pathlib import Path
from typing import Any

import pytest

from moderation.cli import main


class Terminal:
    """Where a test types commands; all speak of the same data folder."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def enter(self, *words: str, stdin: str = "", **settings: Any) -> tuple[int, str, str]:
        """Run a command; return its exit status, what it printed, and what it complained of."""
        with self._monkeypatch.context() as changed:
            changed.setattr("sys.argv", ["moderation", *words])
            changed.setattr("sys.stdin", io.StringIO(stdin))
            for name, value in ({"data": self._data} | settings).items():
                changed.setenv(f"MODERATION_{name.upper()}", str(value))
            with pytest.raises(SystemExit) as leaving:
                main()
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, *self._capsys.readouterr()

    def run(self, *words: str, **given: Any) -> str:
        """Run a command that is to work; return what it printed."""
        status, out, err = self.enter(*words, **given)
        assert status == 0, err
        return out

    def refused(self, *words: str, **given: Any) -> str:
        """Run a command that is to be refused; return the sentence."""
        status, out, err = self.enter(*words, **given)
        assert status == 2, out
        return err.strip()
