"""One thing that was measured, in several rounds, beside what it should be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Values of several rounds.

    Args:
        unit: such as ``/s``, ``ms``, ``×``.
        bar: what it must reach, None where it only stands beside.
        at_least: whether more is better.
    """

    what: str
    values: Sequence[float]
    unit: str
    bar: float | None = None
    at_least: bool = True
    remark: str = ""

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Whether the bar is reached; true where there is none."""
        return self.bar is None or (self.median >= self.bar if self.at_least else self.median <= self.bar)

    def found(self) -> str:
        """Return the median with the range."""
        middle = _number(self.median, self.unit)
        if len(self.values) == 1:
            return middle
        return f"{middle} ({_number(min(self.values), '')}–{_number(max(self.values), '')})".replace(" )", ")")

    def wanted(self) -> str:
        """Return the bar in words."""
        return "" if self.bar is None else f"{'≥' if self.at_least else '≤'} {_number(self.bar, self.unit)}"

    def verdict(self) -> str:
        """Say whether the bar is met, and by how much not."""
        if self.bar is None:
            return ""
        if self.met:
            return "met"
        return (
            f"**missed**: {self.median / self.bar:.2f} of it"
            if self.at_least
            else f"**missed**: {self.median / self.bar:.2f} ×"
        )

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return f"{self.what:58} {self.found():34} {self.wanted():12} {self.verdict()}"


def _number(value: float, unit: str) -> str:
    written = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 0.01 else f"{value:.4f}"
    return f"{written} {unit}".strip()
