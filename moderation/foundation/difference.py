"""What differs between two texts, word by word, in bounded time whatever the texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import regex

# Beyond so many differing words, what lies between the common beginning and end is shown as replaced: the search takes
# time and memory with the square of this.
_MOST: Final = 400
# Scripts that are written without blanks are compared letter by letter.
_WORD: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*|[\w\p{M}]+|\n|[^\S\n]+|\X",
    flags=regex.V1,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have, or that were removed from the former or added in the new one."""

    kind: Literal["same", "removed", "added"]
    text: str


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces that lead from one text to another; without the added ones they are the former text.

    Source: E. W. Myers, “An O(ND) Difference Algorithm and Its Variations” (1986), with a bound on D.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    marked = [("same", word) for word in old[:start]]
    marked += _steps(middle_old, middle_new)
    marked += [("same", word) for word in old[len(old) - end :]]
    return _joined(marked)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    shorter = min(len(one), len(other))
    return next((place for place in range(shorter) if one[place] != other[place]), shorter)


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    trail = _trail(old, new) if old and new else None
    if trail is None:
        return [("removed", word) for word in old] + [("added", word) for word in new]
    steps: list[tuple[str, str]] = []
    x, y = len(old), len(new)
    for depth in range(len(trail) - 1, -1, -1):
        furthest, diagonal = trail[depth], x - y
        down = diagonal == -depth or (diagonal != depth and furthest[diagonal - 1] < furthest[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        x_before = furthest[before] if depth else 0
        y_before = x_before - before if depth else 0
        while x > x_before and y > y_before:
            x, y = x - 1, y - 1
            steps.append(("same", old[x]))
        if depth:
            steps.append(("added", new[y_before]) if down else ("removed", old[x_before]))
        x, y = x_before, y_before
    return steps[::-1]


def _trail(old: Sequence[str], new: Sequence[str]) -> list[dict[int, int]] | None:
    """Return how far each diagonal reached after each number of differences, None when there are too many."""
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for depth in range(min(len(old) + len(new), _MOST) + 1):
        trail.append(dict(furthest))
        for diagonal in range(-depth, depth + 1, 2):
            down = diagonal == -depth or (diagonal != depth and furthest[diagonal - 1] < furthest[diagonal + 1])
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return trail
    return None


def _joined(marked: Sequence[tuple[str, str]]) -> tuple[Piece, ...]:
    """Return runs of words as pieces; between two changes the removed words come first."""
    pieces: list[Piece] = []
    removed: list[str] = []
    added: list[str] = []
    same: list[str] = []

    def close() -> None:
        for kind, words in (("removed", removed), ("added", added)):
            if words:
                pieces.append(Piece(kind, "".join(words)))  # type: ignore[arg-type]
            words.clear()

    for kind, word in marked:
        if kind == "same":
            close()
            same.append(word)
            continue
        if same:
            pieces.append(Piece("same", "".join(same)))
            same.clear()
        (removed if kind == "removed" else added).append(word)
    close()
    if same:
        pieces.append(Piece("same", "".join(same)))
    return tuple(pieces)
