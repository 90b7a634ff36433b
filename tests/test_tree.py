"""Nothing in the repository names a package registry, or a folder of somebody's machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Written in pieces, so that this file does not name them either.
HOSTS = ["pypi." + "org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "debian." + "org/debian"]
FOLDERS = ["work", "root", "tmp", "home/[a-z]", "Users/[A-Za-z]", "opt/[a-z]"]
MACHINE = re.compile(r"(?<![\w.})\]$/-])/(?:" + "|".join(FOLDERS) + r")\b")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def slips(text: str) -> list[str]:
    """Return what a file should not hold."""
    return [host for host in HOSTS if host in text] + [found[0] for found in MACHINE.finditer(text)]


def test_no_tracked_file_names_a_registry_or_a_folder_of_a_machine() -> None:
    found = {}
    for file in tracked_files():
        text = file.read_bytes().decode(errors="replace")
        if "\0" not in text and (found_here := slips(text)):
            found[str(file.relative_to(ROOT))] = found_here
    assert found == {}


def test_a_registry_and_a_machines_folder_are_found() -> None:
    assert slips("see https://" + HOSTS[0] + "/simple") == [HOSTS[0]]
    assert slips("cd /" + "work/main") == ["/" + "work"]
    assert slips('"/' + 'tmp/x"') == ["/" + "tmp"]
    assert slips("https://blog.example/work and a/tmp/b and workshop") == []


@pytest.mark.parametrize("part", ["run", "development"])
def test_the_lock_pins_and_hashes_every_library_and_names_no_address(part: str) -> None:
    lock = (ROOT / "requirements" / f"{part}.txt").read_text()
    pins = lock.replace("\\\n", " ").splitlines()
    assert len(pins) > 50
    assert [
        pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+", pin)
    ] == []
    assert "://" not in lock
    assert "index" not in lock


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    wanted = {
        "run": project["project"]["dependencies"] + [word for extra in extras for word in extra],
        "development": project["dependency-groups"]["development"],
    }
    for part, words in wanted.items():
        locked = {line.split("==")[0] for line in (ROOT / "requirements" / f"{part}.txt").read_text().splitlines()}
        assert {re.split(r"[\[<>=~!; ]", word)[0] for word in words} - locked == set()


def test_both_locks_agree_on_what_they_share() -> None:
    pins = [dict(_pins(part)) for part in ("run", "development")]
    assert {name: pins[1][name] for name in pins[1].keys() & pins[0].keys() if pins[1][name] != pins[0][name]} == {}


def _pins(part: str) -> list[tuple[str, set[str]]]:
    lines = (ROOT / "requirements" / f"{part}.txt").read_text().splitlines()
    found: dict[str, set[str]] = {}
    for line in lines:
        if "==" in line and "--hash" not in line:
            name, version = line.split("==", 1)
            found.setdefault(name, set()).add(version.split()[0])
    return list(found.items())
