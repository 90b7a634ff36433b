"""The wheel carries all that the program reads, so that an installation without a checkout works."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_templates_settings_and_everything_beside_the_code(wheel: zipfile.ZipFile) -> None:
    shipped = set(wheel.namelist())
    needed = {f"moderation/{file.relative_to(ROOT)}" for name in ("templates", "config") for file in files(ROOT / name)}
    needed |= {str(file.relative_to(ROOT)) for file in files(ROOT / "moderation")}
    assert len(needed) > 100
    assert needed - shipped == set()


def test_the_wheel_offers_the_command(wheel: zipfile.ZipFile) -> None:
    points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "moderation = moderation.cli:main" in wheel.read(points).decode()


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"]
