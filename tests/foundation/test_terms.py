"""Terms: the same for a text and for whoever looks for it, in every script, whatever somebody types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.foundation.terms import LONGEST, sought, terms


def found(query, text):
    """Look for a query as a database does."""
    there = terms(text)
    return all(
        any(term.startswith(word) if begins else term == word for term in there) for word, begins in sought(query)
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("mod", "Moderation is hard"),
        ("HARD moderation", "Moderation is hard"),
        ("cafe", "Ein Café in Wien"),
        ("café", "Ein Cafe in Wien"),
        ("strasse", "Die Straße"),
        ("ёлка", "Елка"),
        ("好吗", "你好吗？"),
        ("你", "你好吗？"),
        ("吗", "你好吗？"),
        ("ありがとう", "どうもありがとうございます"),
        ("スーパー", "近くのスーパーへ"),
        ("안녕", "안녕하세요"),
        ("สวัสดี", "ผมพูดว่าสวัสดีครับ"),
        ("हिन्दी", "यह हिन्दी है"),
        ("شكرا", "شُكْرًا لك"),
        ("blog.example", "See https://blog.example/her"),
        ("ada@blog.example", "Write to ada@blog.example!"),
        ("🎉", "Well done 🎉"),
        ("ﬁne", "a fine review"),
        ("x2", "an x2 here"),
    ],
)
def test_a_text_is_found_by_a_part_of_it(query, text):
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [("good", "fine"), ("吗你", "你好吗"), ("a", "always"), ("が", "か"), ("good fine", "a fine one")],
)
def test_a_text_is_not_found_by_what_it_does_not_say(query, text):
    assert not found(query, text)


@pytest.mark.parametrize("query", ["", "   ", "!?", '"', "'", "*", "--", "\u202e"])
def test_a_query_without_words_looks_for_nothing(query):
    assert sought(query) == ()


@given(st.text())
def test_a_term_is_short_and_holds_nothing_with_a_meaning_to_a_database(text):
    for term in terms(text):
        assert 0 < len(term) <= LONGEST
        assert not set(term) & set(" \t\n'\"*&|!():<>\\%_-\0")


def test_a_word_of_8192_characters_is_cut_and_found():
    assert found("a" * 8192, "a" * 8192)
    assert terms("a" * 8192) == ("a" * LONGEST,)
