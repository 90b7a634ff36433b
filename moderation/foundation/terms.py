"""Cuts texts into the terms that are searched for, the same on both databases and in every script."""

import unicodedata
from typing import Final

import regex

LONGEST: Final = 40
# Shorter words of Latin letters are looked for as they are: half a text begins with “a”.
BEGINS_WORDS_FROM: Final = 3
_MOST: Final = 12

# Scripts that are written without blanks are cut into pairs of characters, so that any part of a run is found.
_PIECE: Final = regex.compile(
    r"(?P<run>[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー]+)"
    r"|(?P<word>(?:[\p{L}\p{N}\p{M}--\p{Han}--\p{Hiragana}--\p{Katakana}--\p{Thai}--\p{Lao}--\p{Khmer}--\p{Myanmar}])+)"
    r"|(?P<sign>[\p{Extended_Pictographic}--[\x00-\x7f]])",
    flags=regex.V1,
)
# Accents are left out, as people leave them out; what belongs to a kana stays.
_ACCENT: Final = regex.compile(r"[[\p{Mn}&&[\p{Script=Inherited}\p{Hebrew}]]--[\u3099\u309a]]", flags=regex.V1)


def terms(text: str) -> tuple[str, ...]:
    """Return each term of a text once, in the order of the text.

    Args:
        text: from a stranger, of any length.
    """
    found: dict[str, None] = {}
    for piece in _PIECE.finditer(_fold(text)):
        run = piece["run"]
        if run:
            found.update(dict.fromkeys(run[at : at + 2] for at in range(len(run))))
        else:
            found[piece[0][:LONGEST]] = None
    return tuple(found)


def sought(query: str) -> tuple[tuple[str, bool], ...]:
    """Return the terms that a text must have to be found, each with whether it may be only the beginning of one.

    Args:
        query: whatever a person typed; nothing in it has a special meaning.
    """
    wanted: dict[str, bool] = {}
    for piece in _PIECE.finditer(_fold(query)):
        run, term = piece["run"], piece[0][:LONGEST]
        if run and len(run) > 1:
            wanted.update(dict.fromkeys((run[at : at + 2] for at in range(len(run) - 1)), False))
        else:
            wanted[term] = bool(run) or len(term) >= BEGINS_WORDS_FROM or not term.isascii()
    return tuple(wanted.items())[:_MOST]


def _fold(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _ACCENT.sub("", parts))
