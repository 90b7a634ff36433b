"""Two texts are compared word by word; whatever a stranger writes, it takes bounded work."""

import random

import pytest

from moderation.foundation import difference
from moderation.foundation.difference import differences


def told(before, after):
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in differences(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("Same.", "Same.", "Same."),
        ("", "New.", "{+New.+}"),
        ("Gone.", "", "[-Gone.-]"),
        ("I like the old film.", "I like the new film.", "I like the [-old-]{+new+} film."),
        ("One two three.", "One three.", "One [-two -]three."),
        ("One.\n\nTwo.", "One.\n\nMore.\n\nTwo.", "One.\n\n{+More.\n\n+}Two."),
        ("漢字を読む", "漢字を書く", "漢字を[-読む-]{+書く+}"),
        ("café", "cafés", "[-café-]{+cafés+}"),
    ],
)
def test_words_are_marked(before, after, expected):
    assert told(before, after) == expected


def sides(pieces):
    return tuple("".join(piece.text for piece in pieces if piece.kind != left) for left in ("added", "removed"))


def test_both_texts_can_be_read_out_of_their_differences():
    chance = random.Random(1)
    for _ in range(300):
        before, after = ("".join(chance.choices("ab c\n.", k=chance.randrange(30))) for _ in range(2))
        assert sides(differences(before, after)) == (before, after)


HOSTILE = [
    pytest.param("a " * 4096, "b " * 4096, id="nothing in common"),
    pytest.param("ab " * 2730, "ba " * 2730, id="the same words in another order"),
    pytest.param("a b " * 2048, "b a a " * 1365, id="two words over and over"),
    pytest.param("x" * 8192, "y" * 8192, id="no blank"),
    pytest.param("漢" * 8192, "字漢" * 4096, id="letters without blanks"),
    pytest.param("e" + "\u0301" * 8191, "e" + "\u0301" * 8190, id="marks piled up"),
    pytest.param("\n" * 8192, "\n " * 4096, id="line breaks"),
]


@pytest.mark.parametrize(("before", "after"), HOSTILE)
def test_hostile_texts_take_bounded_work(before, after):
    """Comparing words is all the work there is; some hundred thousand pairs are, of 64 million."""
    counted = [0]

    class Word(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            counted[0] += 1
            return str.__eq__(self, other)

        def __ne__(self, other):
            counted[0] += 1
            return str.__ne__(self, other)

    old, new = ([Word(word) for word in difference._WORD.findall(text)] for text in (before, after))
    difference._steps(old, new)
    assert counted[0] < 500_000
    assert sides(differences(before, after)) == (before, after)
