"""How long the tests of faults go on, and what they found: short in every test run, long by `./run faults`."""

import json
import os
import time
from pathlib import Path
from typing import Any

from moderation.foundation.progress import Progress

FORM, _, _MINUTES = os.environ.get("MODERATION_FAULTS", "short").partition(":")
IS_LONG = FORM == "long"
MINUTES = float(_MINUTES or 60)
# Killing, cutting and filling go on for hours when asked to.
SECONDS = MINUTES * 60 + 3600 if IS_LONG else 240
RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "faults.jsonl"


def scaled(short: int, long: int) -> int:
    """Return how often to do something."""
    return long if IS_LONG else short


def counting(doing: str, what: str, whole: int) -> Progress:
    """Return what says how far it is; the short form is quick enough to say nothing."""
    return Progress(doing, what, whole=whole)


def tell(bar: str, what: str, **figures: Any) -> None:
    """Write down what was found; a control's figures say how much it broke."""
    found = {"bar": bar, "what": what, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} | figures
    print(f"\n{bar} {what}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()))
    if IS_LONG:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a") as file:
            file.write(json.dumps(found) + "\n")
