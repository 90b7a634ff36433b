"""The former release's program, from the history: the newest tag, or the revision before the newest migration came."""

import subprocess
from pathlib import Path

from moderation.migrations import newest

HERE = Path(__file__).parents[2]
_PARTS = ("moderation", "config", "templates")


def former_revision() -> str | None:
    """Return which revision of the program came before the newest schema; None where there is no history to ask."""
    if not (HERE / ".git").exists() or _git("rev-parse", "--is-shallow-repository") != "false":
        return None
    folder = "moderation/migrations/versions"
    for tag in (_git("tag", "--sort=-creatordate") or "").split():
        files = (_git("ls-tree", "--name-only", tag, f"{folder}/") or "").split()
        if f"{folder}/{newest()}" > max(files, default=""):
            return tag
    added = _git("log", "--diff-filter=A", "--format=%H", "--", f"{folder}/{newest()}_*.py")
    before = (_git("log", "--max-count=50", "--format=%H", f"{added.split()[-1]}^") or "").split() if added else []
    return next((commit for commit in before if _is_sound(commit, folder)), None)


def _is_sound(commit: str, folder: str) -> bool:
    """Tell whether a revision between releases has one migration of each number, and none of the newest."""
    files = (_git("ls-tree", "--name-only", commit, f"{folder}/") or "").split()
    numbers = [int(number) for file in files if (number := file.rpartition("/")[2].partition("_")[0]).isdecimal()]
    return numbers == list(range(1, len(numbers) + 1)) and len(numbers) < int(newest())


def unpack(revision: str, folder: Path) -> Path:
    """Put a revision's program into a folder."""
    command = ["git", "archive", "--format=tar", revision, *_PARTS]
    packed = subprocess.run(command, cwd=HERE, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
