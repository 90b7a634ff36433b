"""Runs the measurements: python -m benchmarks [--short] [NAME...]."""

import importlib
import sys
from pathlib import Path

NAMES = ("service", "sign_in", "markup", "screening", "widget")


def main(words: list[str]) -> int:
    """Run the named measurements, or all of them, and print what each found."""
    short = "--short" in words
    wanted = [word for word in words if not word.startswith("--")] or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        print(f"There is no measurement {unknown[0]}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    for name in wanted:
        print(f"\n# {name}\n", flush=True)
        for line in importlib.import_module(f"benchmarks.{name}").measure(short=short):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main(sys.argv[1:]))
