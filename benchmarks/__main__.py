"""Runs the measurements: python -m benchmarks [--short] [NAME...]; all of them write report.md anew."""

import importlib
import os
import sys
import time
from pathlib import Path

# The order of the report.
NAMES = ("reading", "growth", "service", "sign_in", "markup", "screening", "queue", "widget")


def main(words: list[str]) -> int:
    """Run the named measurements, or all of them, and print what each found."""
    short = "--short" in words
    named = [word for word in words if not word.startswith("--")]
    unknown = [name for name in named if name not in NAMES]
    if unknown:
        print(f"There is no measurement {unknown[0]}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    began, found, loads = time.monotonic(), {}, []
    for name in named or NAMES:
        print(f"\n# {name}\n", flush=True)
        found[name] = []
        for line in importlib.import_module(f"benchmarks.{name}").measure(short=short):
            print(line, flush=True)
            found[name].append(line)
            loads.append(os.getloadavg()[0])
    if not named or "--report" in words:
        report = importlib.import_module("benchmarks.report")
        minutes = (time.monotonic() - began) / 60
        print(f"\nThe report: {report.write(found, short=short, minutes=minutes, load=sum(loads) / len(loads))}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main(sys.argv[1:]))
