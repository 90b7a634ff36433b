"""Draws the report's plots as small SVG files, readable in light and in dark."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

_WIDTH: Final = 720
_LEFT: Final = 250
_STYLE: Final = """<style>
text{font:13px system-ui,sans-serif;fill:#333}.axis{stroke:#999}.bar{fill:#d9604c}.other{fill:#9aa7b1}
.line{fill:none;stroke:#d9604c;stroke-width:2}.dot{fill:#d9604c}
.b{stroke:#2b6cb0}.bd{fill:#2b6cb0}.c{stroke:#2a7a52}.cd{fill:#2a7a52}
@media(prefers-color-scheme:dark){text{fill:#ddd}.axis{stroke:#777}}</style>"""


def bars(title: str, values: Sequence[tuple[str, float, str]], *, ours: Sequence[str]) -> str:
    """Return horizontal bars on a logarithmic scale.

    Args:
        values: name, number, and how it is written.
        ours: the names that stand out.
    """
    height = 50 + 30 * len(values)
    low = 10 ** math.floor(math.log10(min(number for _, number, _ in values)))
    span = math.log10(max(number for _, number, _ in values) / low) or 1
    parts = [f'<text x="0" y="18" font-weight="600">{escape(title)} (logarithmic)</text>']
    for row, (name, number, written) in enumerate(values):
        y, wide = 36 + 30 * row, (_WIDTH - _LEFT - 110) * math.log10(number / low) / span
        kind = "bar" if name in ours else "other"
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{max(wide, 2):.0f}" height="20" rx="3"/>')
        parts.append(f'<text x="{_LEFT + max(wide, 2) + 6:.0f}" y="{y + 15}">{escape(written)}</text>')
    return _svg(height, title, parts)


def lines(title: str, along: Sequence[float], series: Mapping[str, Sequence[float]], *, unit: str) -> str:
    """Return lines over a logarithmic x-axis; the y-axis begins at nought."""
    height, bottom, top, right = 320, 270, 40, _WIDTH - 170
    highest = max(max(values) for values in series.values()) * 1.15
    first, last = math.log10(along[0]), math.log10(along[-1])

    def place(x: float, y: float) -> tuple[float, float]:
        return 60 + (right - 60) * (math.log10(x) - first) / (last - first), bottom - (bottom - top) * y / highest

    parts = [f'<text x="0" y="18" font-weight="600">{escape(title)}</text>']
    parts.append(f'<path class="axis" fill="none" d="M60 {top}V{bottom}H{right}"/>')
    parts += [f'<text x="{place(x, 0)[0]:.0f}" y="{bottom + 20}" text-anchor="middle">{x:,.0f}</text>' for x in along]
    for part in range(5):
        y = highest * part / 4
        parts.append(f'<text x="54" y="{place(along[0], y)[1] + 4:.0f}" text-anchor="end">{y:.1f}</text>')
    for (name, values), kind in zip(series.items(), ("", "b", "c"), strict=False):
        points = [place(x, y) for x, y in zip(along, values, strict=True)]
        parts.append(f'<polyline class="line {kind}" points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in points)}"/>')
        parts += [f'<circle class="{kind}d dot" cx="{x:.0f}" cy="{y:.0f}" r="3"/>' for x, y in points]
        parts.append(f'<text x="{points[-1][0] + 8:.0f}" y="{points[-1][1] + 4:.0f}">{escape(name)}</text>')
    parts.append(f'<text x="0" y="{top - 6}">{escape(unit)}</text>')
    return _svg(height, title, parts)


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
    head += f' aria-label="{escape(title)}">'
    return f"{head}{_STYLE}{''.join(parts)}</svg>\n"
