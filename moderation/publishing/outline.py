"""A thread as nested lists: which comment opens a list of answers, and how many lists end after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A comment in the form of the API; ``opens`` a list for its answers, or ends that many lists after it."""

    comment: dict[str, Any]
    opens: bool
    ends: int


def outline(comments: Sequence[dict[str, Any]], *, max_depth: int) -> list[Row]:
    """Return the comments of a slice, nested no deeper than that; a slice may begin amid answers."""
    levels: list[int] = []
    for comment in comments:
        below = levels[-1] + 1 if levels else 0
        levels.append(min(comment["depth"], below, max_depth))
    following = [*levels[1:], 0] if levels else []
    return [
        Row(comment=comment, opens=after > level, ends=max(level - after, 0))
        for comment, level, after in zip(comments, levels, following, strict=True)
    ]
