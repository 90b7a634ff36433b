"""Letters that look like other letters, folded to the plain ones, so that a disguised word is still recognised."""

import json
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import regex

LOOK_CHARACTERS: Final = 400

# What Unicode's list of confusables leaves out: letter, plain letter, letter, plain letter …
_OURS: Final = (
    "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpǫqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz"
    "₳aΛaДaдaɅa∆aᗩa฿bβbвbҍbႦbɓbЪbъbᗷb₵c¢cƈcςcᑕcđdðdժdԃdɗdᗪd∂d€eɆeєeэeεeҽeΣeξe"
    "₣fƒfϝfᖴf₲gɠgցgħhⱧhнhԋhɦhᕼhıiϊiІiӀiΙiιi¡iʝjᒍjкkκk₭kҟkƙkłlⱠlʅlℓlᒪl£l₥mмmɱmʍmɯmᗰm"
    "₦nиnпnηnղnɳnŋnᑎnøoσo₱pþpքpƥpᑭpϙqɊqᑫqяrгrɾrⱤrɼrᖇr₴s§sʂsᔕsтtτtŧt₮tէtƭtƚt"
    "цuʊuμuɄuᑌuυuʋvѵvᐯvωwшwщwաw₩wɯmᗯwӾxжxχx᙭xΎyυuγyуyყyɎyՎy¥yȥzⱫzՀzᘔz"
)
# Written inside words for a letter; alone, or among digits only, they stay what they are.
_INSIDE_WORDS: Final = str.maketrans("01345@$", "oleasas")
# I, l and 1 cannot be told apart in many fonts. Of 90,000 words of real talk, eleven meet another word by this.
_ONE_STROKE: Final = str.maketrans("i", "l")

_UNSEEN: Final = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]+")
# Marks that go on letters of any script. Those of one script (Thai vowels, Indic signs) are part of the word.
_MARKS: Final = regex.compile(r"[[\p{M}&&\p{Script=Inherited}]--[\u3099\u309a]]+", flags=regex.V1)
_FLAGS: Final = regex.compile(r"\p{Regional_Indicator}+")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# With the signs that stand for letters. One class only, repeated: whatever is sent, it is read once.
_DISGUISED_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}\p{S}@]++")
_LEET_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}@$]++")
_LETTER: Final = regex.compile(r"\p{L}")
_LETTER_OR_DIGIT: Final = regex.compile(r"[\p{L}\p{N}]")
_LATIN: Final = regex.compile(r"\p{Latin}")
_NOT_OF_A_NAME: Final = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_SPACED: Final = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}])[\p{L}\p{N}@$](?:([^\p{L}\p{M}\p{N}\n]{1,3})[\p{L}\p{N}@$](?![\p{L}\p{M}\p{N}])){2,}+"
)


def skeleton(text: str) -> str:
    """Return the text case-folded, with look-alikes and disguised letters as plain letters; for comparing only.

    ``Ｐ𝓾l@ʊ``, ``PULAU`` and ``рulаu`` with Cyrillic letters come out alike. Several letters may become the same one (i
    and l always do): two texts with one skeleton look alike but need not be equal. Nobody should ever see a skeleton.

    Args:
        text: from a stranger, already normalised.
    """
    return _LEET_WORD.sub(_plain_leet, _fold(text))


def words(text: str) -> list[str]:
    """Return the words of a text in order, each as its skeleton.

    Letters that stand alone in a row (``p u l a u``, ``s.l.o.t``) are one more word, at the end.
    """
    folded = _fold(text)
    spaced = ["".join(regex.findall(r"[\p{L}\p{N}@$]", found[0])) for found in _SPACED.finditer(folded)]
    found = _WORD.findall(_LEET_WORD.sub(_plain_leet, folded))
    return found + [_LEET_WORD.sub(_plain_leet, word) for word in spaced]


@lru_cache(maxsize=4096)
def look_of(name: str) -> str:
    """Return what readers see of a name at a glance: no case, blanks or signs, and rn for m; only for comparing."""
    folded = skeleton(name)
    return (_NOT_OF_A_NAME.sub("", folded).replace("rn", "m").replace("vv", "w") or folded)[:LOOK_CHARACTERS]


def _plain_leet(found: "regex.Match[str]") -> str:
    word: str = found[0]
    return word.translate(_INSIDE_WORDS) if _LETTER.search(word) else word


def _fold(text: str) -> str:
    text = _FLAGS.sub(_letters_of_flags, _UNSEEN.sub("", text))
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_enclosed())))
    text = _DISGUISED_WORD.sub(_plain_word, text).casefold()
    return unicodedata.normalize("NFC", text.translate(_ONE_STROKE))


def _plain_word(found: "regex.Match[str]") -> str:
    """Fold the letters of one word.

    Among Latin letters, each is what it looks like. A word wholly of another script is read in capitals, so that its
    skeleton does not depend on the case it is written in (Greek η looks like n, its capital like H).
    """
    word: str = found[0]
    if word.isascii() or not _LETTER_OR_DIGIT.search(word):
        return word
    return word.translate(_lookalikes()) if _LATIN.search(word) else word.upper().translate(_lookalikes())


def _letters_of_flags(found: "regex.Match[str]") -> str:
    """Turn boxed letters into letters; in pairs they are flags, and stand apart from the words around."""
    letters = "".join(chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in found[0])
    return letters if len(letters) % 2 else f" {letters} "


@cache
def _enclosed() -> dict[int, str]:
    """Return letters and digits in circles, squares and brackets, which lose more than that when decomposed."""
    alphabets = (0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x249C, 0x24B6, 0x24D0)
    table = {start + place: chr(ord("a") + place) for start in alphabets for place in range(26)}
    for code in (*range(0x2460, 0x249C), *range(0x24EA, 0x2500), *range(0x2776, 0x2794)):
        value = unicodedata.numeric(chr(code), None)
        if value is not None:
            table[code] = str(int(value))
    return table


@cache
def _lookalikes() -> dict[int, str]:
    """Return the plain letters of every letter that looks like them, in both its cases.

    Source: Unicode's confusables.txt, as the package confusable-homoglyphs carries it:
    ``{"а": [{"c": "a", "n": "LATIN SMALL LETTER A"}, …], …}``. Read here, and not through the package, which would keep
    all of it in memory.
    """
    data = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8"))
    near = {letter: [other["c"] for other in others] for letter, others in data.items() if len(letter) == 1}
    table: dict[int, str] = {}
    for letter, others in near.items():
        if letter.isascii():
            continue
        further = [other for middle in others for other in near.get(middle, [])]
        plain = next((found for other in [*others, *further] if (found := _ascii(other))), None)
        if plain:
            table[ord(letter)] = plain
    table |= {ord(letter): plain for letter, plain in zip(_OURS[::2], _OURS[1::2], strict=True)}
    for code, plain in list(table.items()):
        for other in (chr(code).lower(), chr(code).upper()):
            if len(other) == 1 and not other.isascii():
                table.setdefault(ord(other), plain)
    return table


def _ascii(letter: str) -> str | None:
    """Return the letters or digits of which this is a decorated form, if they are plain ones."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", letter))
    return bare.lower() if bare.isascii() and bare.isalnum() and len(bare) <= 3 else None
