"""What ``./run check`` does: style, types and floors, quickly, before anybody waits for all the tests."""

import subprocess
import sys
from pathlib import Path

FOLDERS = [folder for folder in ("moderation", "tests", "benchmarks") if Path(folder).is_dir()]
STEPS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy", *FOLDERS],
    "floors": ["pytest", "-q", "-n", "0", "tests/test_floors.py", "tests/test_tree.py"],
}


def check() -> str:
    """Take every step, also when an earlier one found something; name what is not in order."""
    failed = []
    for name, command in STEPS.items():
        print(f"--- {name}", flush=True)
        if subprocess.call([sys.executable, "-m", *command]) != 0:
            failed.append(name)
    return ", ".join(failed)


if __name__ == "__main__":
    failed = check()
    sys.exit(f"Not in order: {failed}." if failed else print("All in order."))
