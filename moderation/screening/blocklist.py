"""Finds the words of a list in a text, quickly, whatever the list and the text are."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import regex

from moderation.screening.reading import Reading, line_of, ways_to_write

# Words are looked up by their beginnings of so many characters, and there by their lengths.
_BEGINNING: Final = 4
# In a row of single letters, a shorter word may be part of an innocent one (“a n a l y s i s”).
_SPELLED: Final = 6

_NO_BLANKS_BETWEEN_WORDS: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)
_SIGN: Final = regex.compile(r"[\p{S}&*#%/\\]")
_MARK: Final = regex.compile(r"\p{M}")


class Table:
    """Pieces of text by their beginning and length, each with the entry of the list that it stands for.

    A look at one place of a text takes one step for each length of the pieces with that beginning, so that no list and
    no text can make it slow.
    """

    def __init__(self) -> None:
        self._beginnings: dict[str, dict[int, dict[str, str]]] = {}
        self._sizes: set[int] = set()
        self._first: set[str] = set()

    def add(self, piece: str, entry: str) -> None:
        """Add a piece."""
        beginning = piece[:_BEGINNING]
        self._sizes.add(len(beginning))
        self._first.add(beginning[0])
        self._beginnings.setdefault(beginning, {}).setdefault(len(piece), {}).setdefault(piece, entry)

    def find(self, line: str) -> str | None:
        """Return the entry of a piece that stands in a line, None where there is none."""
        first, beginnings, sizes = self._first, self._beginnings, tuple(self._sizes)
        if first.isdisjoint(line):
            return None
        for place in [place for place, letter in enumerate(line) if letter in first]:
            for size in sizes:
                lengths = beginnings.get(line[place : place + size])
                for length, pieces in lengths.items() if lengths else ():
                    entry = pieces.get(line[place : place + length])
                    # A vowel sign behind it would make another letter of its last one.
                    if entry is not None and not _MARK.match(line, place + length):
                        return entry
        return None


class Blocklist:
    """A list of words and phrases, made ready for being found.

    Args:
        entries: the owner's: words, or phrases with blanks. A word is found as a whole word only, but with ``*`` at its
            begin or end there may be more letters; and always where its script puts no blanks between words.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._words, self._parts, self._spelled = Table(), Table(), Table()
        self._signs: dict[str, str] = {}
        self._by_length: dict[int, dict[str, str]] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: str) -> None:
        phrase = entry.strip("* ")
        anywhere = bool(_NO_BLANKS_BETWEEN_WORDS.search(phrase))
        before = "" if anywhere or entry.startswith("*") else " "
        behind = "" if anywhere or entry.endswith("*") else " "
        for way in ways_to_write(phrase):
            line = line_of(way)
            if way and (not line or _SIGN.search(way)):
                self._signs.setdefault(way, entry)
            elif way:
                (self._words if before else self._parts).add(f"{before}{line}{behind}", entry)
                self._by_length.setdefault(len(line), {}).setdefault(line, entry)
        for way in ways_to_write(phrase.replace(" ", "")):
            letters = line_of(way).replace(" ", "")
            if len(letters) >= _SPELLED:
                self._spelled.add(letters, entry)

    def find(self, reading: Reading) -> str | None:
        """Return an entry that stands in a text, None where there is none."""
        found = self._words.find(reading.line) or self._parts.find(reading.line)
        for row in reading.spelled:
            found = found or self._spelled.find(row)
        for word in reading.starred:
            found = found or self._find_starred(word)
        return found or next((entry for way, entry in self._signs.items() if _stands_in(reading.signs, way)), None)

    def _find_starred(self, word: str) -> str | None:
        letters = [(place, letter) for place, letter in enumerate(word) if letter != "*"]
        for listed, entry in self._by_length.get(len(word), {}).items():
            if all(listed[place] == letter for place, letter in letters):
                return entry
        return None


@lru_cache(maxsize=32)
def blocklist(entries: tuple[str, ...]) -> Blocklist:
    """Return the list made ready; the same list is made ready once."""
    return Blocklist(entries)


def _stands_in(signs: str, way: str) -> bool:
    """Tell whether a piece with signs stands in a text, no word going on before or behind it."""
    place = signs.find(way)
    while place >= 0:
        before, behind = signs[place - 1], signs[place + len(way)]
        if not (before.isalnum() and way[0].isalnum()) and not (behind.isalnum() and way[-1].isalnum()):
            return True
        place = signs.find(way, place + 1)
    return False
