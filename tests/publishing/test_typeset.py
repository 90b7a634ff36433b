"""Code under a post: keywords bold, comments in italics, everything else as it was typed, and in bounded time."""

from html import unescape

import nh3
import pytest

from moderation.publishing.markup import plain, render
from moderation.publishing.typeset import _LANGUAGES, MOST_CHARACTERS, typeset

HOSTILE = ['<script>alert(1)</script> & "x"', "</em></strong>", "/* <!-- */ // '", "\t\n\n  x\n", "é𝕏\u2028", "#" * 50]


def test_keywords_are_bold_and_comments_in_italics():
    assert typeset("def f():  # why\n    return 1\n", "python") == (
        "<strong>def</strong> f():  <em># why</em>\n    <strong>return</strong> 1\n"
    )


@pytest.mark.parametrize("language", [*sorted(_LANGUAGES), "klingon", ""])
@pytest.mark.parametrize("code", HOSTILE)
def test_nothing_is_lost_added_or_let_through(language, code):
    html = typeset(code, language)
    assert unescape(nh3.clean(html, tags=set())) == unescape(nh3.clean(typeset(code, ""), tags=set()))
    assert nh3.clean(html, tags={"strong", "em"}, attributes={}) == nh3.clean(html, tags={"strong", "em"})
    assert "<script" not in html
    assert plain(render(f"```{language}\n{code}\n```")) == plain(render(f"```\n{code}\n```"))


def test_so_much_of_a_comment_is_set_and_the_rest_is_plain():
    line = "return 1\n"
    few = MOST_CHARACTERS // 2 // len(line)
    block = f"```python\n{line * few}```\n\n"
    assert render(block * 2).count("<strong>") == 2 * few
    assert render(block * 3).count("<strong>") == 2 * few
    assert render(f"```python\n{line * 2 * few}{line}{line}```").count("<strong>") == 0
