"""Reads a text as its words, seeing through disguises, so that listed words can be looked up in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

import regex

from moderation.foundation.text import skeleton

# Stands among the words where a clause ends; no phrase goes across.
BREAK: Final = "\n"
# What a disguised i or l becomes, since nobody knows which it was; so an honest “all” is never taken for “ali”.
_STROKE: Final = "ł"
# Longer ones are hardly seen twice.
_KEPT_CHARACTERS: Final = 40
# With more words, a phrase is looked for wholly honest or wholly disguised.
_MIXED_WORDS: Final = 4
_ROW: Final = 3

_TYPOGRAPHY: Final = str.maketrans("’‘“”«»–—", '\'\'""""--')
_GAP: Final = regex.compile(r"[^\S\n]{2,}+|\n\s*\n\s*")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_ENDS: Final = tuple(".!?;:,…)。！？；：，、")
# Signs for letters, and a capital I amid small letters, which may be an l.
_DISGUISE: Final = regex.compile(r"[0-9@$]|[a-z]I")
# 1,000 · 50s · A55 · mp3
_NUMBER: Final = regex.compile(r"\W*+(?:[\d.,:/%$-]+|\d{2,}[A-Za-z]{1,2}|[A-Za-z]{1,2}\d+)\W*+")
_AT: Final = str.maketrans("@$", "  ")
# What stands for a letter now and then, and only amid letters.
_RARE: Final = regex.compile(r"(?<=\p{L})[6789+|!]++(?=\p{L})|(?<!\w)[6789](?=\p{L}{2})|(?<=\p{L}{3})[6789](?!\w)")
_RARE_LETTERS: Final = str.maketrans("6789+|!", "gtbgt11")
# sh-it, but not he'll
_HYPHENED: Final = regex.compile(r"\W*+\p{L}{1,3}+(?:[^\p{L}\p{M}\p{N}\s']\p{L}{1,3}+)++\W*+")
_ALONE: Final = regex.compile(r"[^\p{L}\p{N}@$]*+([\p{L}\p{N}@$]\p{M}*+)[^\p{L}\p{N}@$]*+")
_DRAWN_OUT: Final = regex.compile(r"(\p{L})\1{2,}+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text in the forms in which words are looked for.

    Args:
        line: its words, each between single blanks; behind them, other ways to read some of them.
        signs: all of it with its signs, each word between single blanks.
        spelled: rows of letters that stood apart, run together.
    """

    line: str
    signs: str
    spelled: tuple[str, ...]


class _Chunk(NamedTuple):
    """A piece of text without blanks: folded, its words, what else it may say, its letter if it has only one."""

    folded: str
    words: tuple[str, ...]
    others: tuple[str, ...]
    letter: str


def read(text: str) -> Reading:
    """Return the reading of a text from a stranger."""
    parts = [[_look(chunk) for chunk in part.split()] for part in _GAP.split(text.translate(_TYPOGRAPHY))]
    chunks = [chunk for part in parts for chunk in part]
    rows = list(_rows(parts))
    found = [word for chunk in chunks for word in chunk.words]
    found += [word for chunk in chunks for word in chunk.others]
    found += [word for row in rows for said in _said(row) for word in (BREAK, *_words(_fold(said)))]
    return Reading(
        line=f" {' '.join(found)} ",
        signs=f" {' '.join([chunk.folded for chunk in chunks])} ",
        spelled=tuple(_fold(row.replace(" ", "")) for row in rows),
    )


def ways_to_write(phrase: str) -> set[str]:
    """Return a listed phrase in small letters, and as it would be read if words of it were disguised."""
    chunks = phrase.translate(_TYPOGRAPHY).split()
    both = [(_fold(chunk), _fold(chunk) if _NUMBER.fullmatch(chunk) else _disguised(chunk)) for chunk in chunks]
    ways = product(*both) if len(both) <= _MIXED_WORDS else zip(*both, strict=True)
    return {" ".join(way) for way in ways}


def line_of(way: str) -> str:
    """Return a way to write a phrase as it stands in a reading's line, without the blanks around it."""
    return " ".join(word for chunk in way.split() for word in _words(chunk)).strip()


def _look(chunk: str) -> _Chunk:
    return _look_once(chunk) if len(chunk) <= _KEPT_CHARACTERS else _look_once.__wrapped__(chunk)


@lru_cache(maxsize=8192)
def _look_once(chunk: str) -> _Chunk:
    folded = _fold(chunk)
    words = tuple(_words(folded))
    others = [_fold(other) for other in _otherwise(chunk)]
    others += [short for word in words if _DRAWN_OUT.search(word) for short in _shortened(word)]
    letter = _ALONE.fullmatch(chunk)
    return _Chunk(
        folded=folded,
        words=words,
        others=tuple(word for other in others for word in (BREAK, *_words(other))),
        letter=letter[1] if letter else "",
    )


def _fold(chunk: str) -> str:
    """Return a piece of text without blanks in small letters, and in plain ones where it is disguised."""
    honest = chunk.isascii() and (not _DISGUISE.search(chunk) or _NUMBER.fullmatch(chunk))
    return chunk.lower() if honest else _disguised(chunk)


def _disguised(chunk: str) -> str:
    return skeleton(chunk).replace("l", _STROKE)


def _words(folded: str) -> Iterator[str]:
    yield from _WORD.findall(folded)
    if folded.endswith(_ENDS):
        yield BREAK


def _otherwise(chunk: str) -> Iterator[str]:
    """Yield what else a piece of text may say: ``@name``, ``sh!t``, ``sh-it``."""
    if "@" in chunk or "$" in chunk:
        yield from chunk.translate(_AT).split()
    if _RARE.search(chunk):
        yield _RARE.sub(lambda found: found[0].translate(_RARE_LETTERS), chunk)
    if _HYPHENED.fullmatch(chunk):
        yield "".join(_WORD.findall(chunk))


def _shortened(word: str) -> tuple[str, str]:
    return _DRAWN_OUT.sub(r"\1", word), _DRAWN_OUT.sub(r"\1\1", word)


def _rows(parts: Iterable[list[_Chunk]]) -> Iterator[str]:
    """Yield letters that stand apart in a row (``v i a``, ``v. i. a.``); a wider gap among them is a blank."""
    row: list[str] = []
    for part in parts:
        row.append(" ")
        for chunk in part:
            if chunk.letter:
                row.append(chunk.letter)
            elif chunk.words:
                yield from _long_enough(row)
                row = []
    yield from _long_enough(row)


def _long_enough(row: list[str]) -> Iterator[str]:
    if len(row) >= _ROW and len("".join(row).replace(" ", "")) >= _ROW:
        yield "".join(row).strip()


def _said(row: str) -> Iterator[str]:
    """Yield the words that a row of letters may be: all of it, without an article before it, and parts of it."""
    together = row.replace(" ", "")
    yield together
    if together[0] in "aAiI":
        yield together[1:]
    if together != row:
        yield from (piece for piece in row.split() if len(piece) >= _ROW)
