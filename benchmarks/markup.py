"""How long the most hostile comments that fit into 8,192 characters take to render."""

import random
import time
from collections.abc import Iterator
from typing import Final

from moderation.publishing.markup import render

CHARACTERS: Final = 8192
# Each is repeated until the comment is full. Every one has cost some Markdown library seconds.
# fmt: off
REPEATED: Final = (
    "[", "![", "[![", "[[a](b)", "[a](", "[a](<b", "![a](", "[](", '[a](b "', "](", "[*", "*[", "[`", "`*", "[<", "<[",
    "*", "_", "*a ", "a* ", "**a", "*a_ ", "*a_", "a**b", "_a ", "~~", "~~a~~", "**a** ", "x_", "*x**", "`", "` ", "``",
    ">", "> ", "> - ", ">\n", "- ", "1. ", "-\n", "- a\n ", "  - a\n", "* a\n  * b\n", "- - ", "10. ", " >", "-\ta\n",
    "<", "<a", "<a@", "<http://", '<a href="', "</a>", "<!--", "<?", "<![CDATA[", "&", "&#", "&amp;", "&#x41;", "&lt",
    "http://", "http://a", "http://a.", "http://a/", "http://a?", "http://a@", "http://a/(", 'http://a.b/"', "http://a.-",
    "://", "a://", "!a://", "a.a://", "http://[", "http://a:", "mailto:a@", "www.a.b ", "a@b.c ", "https://a.b/ ",
    "\n", " ", "\t", " \n", "a\n", "a  \n", "a\\\n", "\\", "    a\n", "```\n", "~~~\n", "---\n", "[a]: b\n", "|a\n",
)
# fmt: on
_PIECES: Final = (*"[]()!*_`~>\n<&\\a", "- ", "    ", "http://a.b", "1. ")


def hostile_comments() -> Iterator[tuple[str, str]]:
    """Yield a name and a body of 8,192 characters for each hostile comment, always the same ones."""
    for pattern in REPEATED:
        yield repr(pattern), (pattern * CHARACTERS)[:CHARACTERS]
    half = CHARACTERS // 2
    yield "brackets opened, then closed", "[" * half + "]" * half
    yield "links in links", "[" * 2730 + "](a)" * 1365
    yield "stars around a letter", "*" * half + "a" + "*" * (half - 1)
    yield "quotations ever deeper", "\n".join("> " * depth + "a" for depth in range(1, 90))[:CHARACTERS]
    yield "lists ever deeper", "\n".join("  " * depth + "- a" for depth in range(1, 90))[:CHARACTERS]
    yield "code marks ever longer", "".join("`" * length + " " for length in range(1, 127))[:CHARACTERS]
    yield "a path of brackets", "[a](" + "(" * 4000 + ")" * 4000
    yield "an address without end", "http://" + "a." * 4000
    yield "an address of dots", "http://a/" + "." * 8000
    chance = random.Random(1)
    for number in range(100):
        pattern = "".join(chance.choices(_PIECES, k=chance.randint(2, 6)))
        yield f"by chance {number}: {pattern!r}", (pattern * CHARACTERS)[:CHARACTERS]


def markup() -> dict[str, float]:
    """Return the seconds of processor time that each hostile comment takes, the slowest first."""
    seconds = {}
    for name, body in hostile_comments():
        start = time.process_time()
        render(body)
        seconds[name] = time.process_time() - start
    return dict(sorted(seconds.items(), key=lambda one: -one[1]))


def measure(*, short: bool = False) -> Iterator[str]:
    """Yield the slowest of the hostile comments."""
    del short
    for name, seconds in list(markup().items())[:3]:
        yield f"{seconds * 1000:6.0f} ms   bar 250 ms   {name}"
