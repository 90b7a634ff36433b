"""Reads a text as its words, seeing through disguises, so that listed words can be looked up in it."""

import unicodedata
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

_MASKED: Final = 20

# Curly signs as typewriters have them, and three strokes that are lost when decomposed.
_TYPOGRAPHY: Final = str.maketrans("’‘“”«»–—ͺ˛￨", '\'\'""""--iil')
_PARAGRAPH: Final = regex.compile(r"\n\s*\n")
_GAP: Final = regex.compile(r"[^\S\n]{2,}+")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_ENDS: Final = tuple(".!?;:,…)。！？；：，、")
# Signs for letters, and a capital I amid small letters, which may be an l.
_DISGUISE: Final = regex.compile(r"[0-9@$]|[a-z]I")
# 1,000 · 50s · A55 · MP34
_NUMBER: Final = regex.compile(r"[^\w@$]*+(?:[\d.,:/%$-]+|\d{2,}[A-Za-z]{1,2}|[A-Za-z]\d+|[A-Za-z]{2}\d{2,})[^\w@$]*+")
_AT: Final = str.maketrans("@$", "  ")
# bi7ch, sh!t, |diot
_RARE: Final = regex.compile(
    r"(?<=\w[@$]?)[6789+|!]++(?=[\w@$|+])|(?<!\w)[6789+|!](?=[\w@$|])|(?<=[\w@$|!+]{2})[6789+|]++(?!\w)"
)
_RARE_LETTERS: Final = str.maketrans("6789+|!", "gtbgt11")
# What looks like two letters; the skeleton takes the other one.
_SECOND_LOOK: Final = str.maketrans("ſքʋɯϹ᙮", "ffuwcx")
_LETTER: Final = regex.compile(r"\p{L}")
_EXCLAMATION: Final = regex.compile(r"[^!]+\p{L}!")
# sh-it, but not he'll
_HYPHENED: Final = regex.compile(r"\W*+\p{L}{1,3}+(?:[^\p{L}\p{M}\p{N}\s']\p{L}{1,3}+)++\W*+")
# v · v. · v.i.a
_APART: Final = regex.compile(r"[^\p{L}\p{N}@$]*+(?:([\p{L}\p{N}@$])\p{M}*+(?:[^\p{L}\p{N}@$']++|'*+\Z))++")
_STARRED: Final = regex.compile(
    r"[^\p{L}*]*+(?=[\p{L}*]{4})(\p{L}[\p{L}*]*\*[\p{L}*]*\p{L}|\p{L}{2}[\p{L}*]*\*)[^\p{L}*]*+"
)
_DRAWN_OUT: Final = regex.compile(r"(\p{L})\1{2,}+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text in the forms in which words are looked for.

    Args:
        line: its words, each between single blanks; behind them, other ways to read it.
        signs: all of it with its signs, each word between single blanks.
        spelled: rows of letters that stood apart, run together.
        starred: words with asterisks for letters.
    """

    line: str
    signs: str
    spelled: tuple[str, ...]
    starred: tuple[str, ...]


class _Chunk(NamedTuple):
    """A piece of text without blanks.

    Args:
        instead: other ways to read it among its neighbours.
        besides: other ways to read it alone.
        apart: its letters, if each stands apart.
        starred: the word with asterisks that it is.
    """

    folded: str
    words: tuple[str, ...]
    instead: tuple[tuple[str, ...], ...]
    besides: tuple[str, ...]
    apart: str
    starred: str


def read(text: str) -> Reading:
    """Return the reading of a text from a stranger."""
    text = _PARAGRAPH.sub(" . ", text.translate(_TYPOGRAPHY))
    parts = [[_look(chunk) for chunk in part.split()] for part in _GAP.split(text)]
    chunks = [chunk for part in parts for chunk in part]
    rows = list(_rows(parts))
    found = [word for chunk in chunks for word in chunk.words]
    for depth in range(max((len(chunk.instead) for chunk in chunks), default=0)):
        found.append(BREAK)
        found += [word for chunk in chunks for word in (chunk.instead[depth:] or [chunk.words])[0]]
    found += [word for chunk in chunks for word in chunk.besides]
    found += [word for row in rows for said in _said(row) for word in (BREAK, *_words(_fold(said)))]
    return Reading(
        line=f" {' '.join(found)} ",
        signs=f" {' '.join([chunk.folded for chunk in chunks])} ",
        spelled=tuple(_fold(row.replace(" ", "")) for row in rows),
        starred=tuple(chunk.starred for chunk in chunks if chunk.starred)[:_MASKED],
    )


def ways_to_write(phrase: str) -> set[str]:
    """Return a listed phrase in small letters, and as it would be read if words of it were disguised."""
    each = [_ways_to_write(chunk) for chunk in phrase.translate(_TYPOGRAPHY).split()]
    ways = product(*each) if len(each) <= _MIXED_WORDS else zip(*each, strict=True)
    return {" ".join(way) for way in ways}


def _ways_to_write(word: str) -> tuple[str, str, str]:
    honest = _fold(word)
    if _NUMBER.fullmatch(word):
        return honest, honest, honest
    # Many write “encule” for “enculé”.
    bare = unicodedata.normalize("NFKD", word.casefold()).encode("ascii", "ignore").decode()
    is_accented = len(bare) >= len(word) and not word.isascii()
    return honest, bare if is_accented else honest, _disguised(word)


def line_of(way: str) -> str:
    """Return a way to write a phrase as it stands in a reading's line, without the blanks around it."""
    return " ".join(word for chunk in way.split() for word in _words(chunk)).strip()


def _look(chunk: str) -> _Chunk:
    return _look_once(chunk) if len(chunk) <= _KEPT_CHARACTERS else _look_once.__wrapped__(chunk)


@lru_cache(maxsize=8192)
def _look_once(chunk: str) -> _Chunk:
    folded = _fold(chunk)
    if chunk.isalpha() and chunk.isascii() and len(chunk) > 1 and not _DRAWN_OUT.search(folded):
        return _Chunk(folded, (folded,), (), (), "", "")
    words = tuple(_words(folded))
    instead = [tuple(_words(_disguised(other))) for other in _misread(chunk)]
    if any(_DRAWN_OUT.search(word) for word in words):
        instead += [tuple(_shortened(word, times) for word in words) for times in (1, 2)]
    apart = _APART.fullmatch(chunk)
    starred = _STARRED.fullmatch(folded)
    return _Chunk(
        folded=folded,
        words=words,
        instead=tuple(instead),
        besides=tuple(word for other in _alone(chunk) for word in (BREAK, *_words(_fold(other)))),
        apart="".join(apart.captures(1)) if apart else "",
        starred=starred[1] if starred else "",
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


def _misread(chunk: str) -> Iterator[str]:
    """Yield a piece with signs as letters that seldom are, and with letters as those that they resemble less."""
    second = chunk.translate(_SECOND_LOOK)
    if second != chunk:
        yield second
    if _LETTER.search(chunk) and _RARE.search(chunk) and not _NUMBER.fullmatch(chunk):
        yield _RARE.sub(lambda found: found[0].translate(_RARE_LETTERS), chunk)


def _alone(chunk: str) -> Iterator[str]:
    """Yield what a piece may say by itself: ``@name``, ``naz!``, ``sh-it``."""
    if "@" in chunk or "$" in chunk:
        yield from chunk.translate(_AT).split()
    if _EXCLAMATION.fullmatch(chunk):
        yield f"{chunk[:-1]}1"
    if _HYPHENED.fullmatch(chunk):
        yield "".join(_WORD.findall(chunk))


def _shortened(word: str, times: int) -> str:
    # XXXX is no drawn-out word.
    return word if len(set(word)) == 1 else _DRAWN_OUT.sub(r"\1" * times, word)


def _rows(parts: Iterable[list[_Chunk]]) -> Iterator[str]:
    """Yield letters that stand apart in a row (``v i a``, ``v. i. a.``); a wider gap among them is a blank."""
    row: list[str] = []
    for part in parts:
        row.append(" ")
        for chunk in part:
            if chunk.apart:
                row.append(chunk.apart)
            elif chunk.words and chunk.words[0] != BREAK:
                yield from _long_enough(row)
                row = []
    yield from _long_enough(row)


def _long_enough(row: list[str]) -> Iterator[str]:
    letters = "".join(row).strip()
    if len(letters) >= _ROW and len(set(letters) - {" "}) > 1:
        yield letters


def _said(row: str) -> Iterator[str]:
    """Yield the words that a row of letters may be: all of it, without an article before it, and parts of it."""
    together = row.replace(" ", "")
    yield together
    if together[0] in "aAiI":
        yield together[1:]
    if together != row:
        yield from (piece for piece in row.split() if len(piece) >= _ROW)
