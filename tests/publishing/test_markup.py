"""Markdown from strangers: what it becomes, what it can never become, and what it may cost."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from benchmarks.markup import hostile_comments
from moderation.publishing.markup import links, plain, render, sanitise

ALLOWED = {
    "a": {"href", "rel"},
    "blockquote": set(),
    "br": set(),
    "code": {"class"},
    "em": set(),
    "hr": set(),
    "li": set(),
    "ol": {"start"},
    "p": set(),
    "pre": set(),
    "s": set(),
    "strong": set(),
    "ul": set(),
}


class Inspector(HTMLParser):
    """Notes every tag, attribute and address that has no business in a comment."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED.get(tag, set()):
                self.problems.append(f"<{tag} {name}>")
            if name == "href" and not re.match(r"(?i:https?://|mailto:)", value or ""):
                self.problems.append(f"address {value!r}")
            if name == "class" and not re.fullmatch(r"language-[a-z0-9+#-]{1,20}", value or ""):
                self.problems.append(f"class {value!r}")
        if tag == "a" and ("rel", "nofollow ugc noopener") not in attrs:
            self.problems.append("a link that passes reputation on")
        if tag == "a" and "a" in self.open:
            self.problems.append("a link in a link")
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> out of order")

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"declaration {decl!r}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"instruction {data!r}")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"declaration {data!r}")


def problems(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.problems + [f"<{tag}> left open" for tag in inspector.open]


def payloads(shared_data: Path) -> list[str]:
    lines = (shared_data / "xss" / "vectors.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["payload"] for line in lines if line]


# --- what it becomes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Hello **b** *i* ~~s~~ `c`", "<p>Hello <strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("no heading\n===", "<p>no heading<br>\n===</p>"),
        ("a | b\n--|--", "<p>a | b<br>\n--|--</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>'),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("***", "<hr>"),
        ("1 < 2 & <b>3</b>", "<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>"),
        ("<!-- x -->", "<p>&lt;!-- x --&gt;</p>"),
        ("```Python\nx = 1\n```", '<pre><code class="language-python">x = 1\n</code></pre>'),
        ("```c++ title\nx\n```", '<pre><code class="language-c++">x\n</code></pre>'),
        ('```"onload=alert(1)\nx\n```', "<pre><code>x\n</code></pre>"),
        ("```" + "a" * 21 + "\nx\n```", "<pre><code>x\n</code></pre>"),
        ("    <i>\n", "<pre><code>&lt;i&gt;\n</code></pre>"),
        ("", ""),
    ],
)
def test_what_people_type_becomes_plain_html(body: str, html: str) -> None:
    assert render(body) == html


def link(address: str, text: str) -> str:
    return f'<a href="{address}" rel="nofollow ugc noopener">{text}</a>'


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("[x](https://a.example)", link("https://a.example", "x")),
        ('[x](https://a.example "title")', link("https://a.example", "x")),
        ("<https://a.example>", link("https://a.example", "https://a.example")),
        ("<me@a.example>", link("mailto:me@a.example", "me@a.example")),
        ("see https://a.example/b_c_d.", f"see {link('https://a.example/b_c_d', 'https://a.example/b_c_d')}."),
        ("(https://a.example/b)", f"({link('https://a.example/b', 'https://a.example/b')})"),
        ("https://a.example/b_(c)", link("https://a.example/b_(c)", "https://a.example/b_(c)")),
        ("https://a.example: x", f"{link('https://a.example', 'https://a.example')}: x"),
        ("https://a.example:80/?x=1#y!", f"{link('https://a.example:80/?x=1#y', 'https://a.example:80/?x=1#y')}!"),
        ("看https://a.example/x。好", "看https://a.example/x。好"),
        ("看 https://a.example/x。好", f"看 {link('https://a.example/x', 'https://a.example/x')}。好"),
        ("**https://a.example**", f"<strong>{link('https://a.example', 'https://a.example')}</strong>"),
        ("https://münchen.example", link("https://xn--mnchen-3ya.example", "https://münchen.example")),
        ("![a *cat*](https://a.example/c.png)", link("https://a.example/c.png", "a cat")),
        ("![](https://a.example/c.png)", link("https://a.example/c.png", "https://a.example/c.png")),
        ("[![cat](https://a.example/c.png)](https://b.example)", link("https://b.example", "cat")),
        ("![![in](https://a.example/i)](https://a.example/o)", link("https://a.example/o", "in")),
        ("![[in](https://a.example/i)](https://a.example/o)", link("https://a.example/o", "in")),
    ],
)
def test_links_and_images_become_links_that_promise_nothing(body: str, html: str) -> None:
    assert render(body) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert)",
        "[x](JaVaScRiPt:alert)",
        "[x](java&#10;script:alert)",
        "[x](&#106;avascript:alert)",
        "[x](vbscript:x)",
        "[x](data:text/html,x)",
        "[x](data:image/png;base64,x)",
        "[x](file:///etc/passwd)",
        "[x](ftp://a.example)",
        "[x](/relative)",
        "[x](#anchor)",
        "[x](//a.example)",
        "[x](https:a.example)",
        "[x](https://)",
        "[x](https:///a)",
        "[x](https://bank.example@evil.example)",
        "[x](https://me:secret@a.example)",
        "[x](https://a.example%5C@evil.example)",
        "[x](mailto:me@a.example?bcc=all@a.example)",
        "[x](https://a.example/" + "a" * 2048 + ")",
        "<javascript:alert>",
        "![x](javascript:alert)",
        "https://me@a.example",
        "https://me:secret@a.example",
        "www.a.example and a.example, setup.sh",
        "me@a.example",
        "[x][1]\n\n[1]: /relative",
    ],
)
def test_what_leads_elsewhere_is_no_link(body: str) -> None:
    assert links(render(body)) == ()


def test_nesting_too_deep_stays_as_it_was_typed() -> None:
    quoted = render(">" * 40 + "end")
    assert quoted.count("<blockquote>") == 12
    assert plain(quoted) == ">" * 28 + "end"
    listed = render("- " * 40 + "end")
    assert listed.count("<li>") == 6
    assert plain(listed).endswith("- end")


def test_emphasis_nested_too_deep_is_left_out_but_its_text_is_not() -> None:
    html = render("**a " * 100 + "b**" * 100)
    assert html.count("<strong>") == html.count("</strong>") == 8
    assert plain(html).count("a") == plain(html).count("b") == 100


# --- reading it again -------------------------------------------------------------------------------------------------


def test_the_plain_text_has_a_line_for_each_paragraph_item_and_break() -> None:
    body = "Hello **you**\nthere\n\n- a & b\n- <c>\n\n> said\n\n```\none\n  two\n```"
    assert plain(render(body)) == "Hello you\nthere\na & b\n<c>\nsaid\none\ntwo"


def test_every_link_is_counted_as_often_as_it_stands_there() -> None:
    body = "https://a.example/?x=1&y=2 [x](https://b.example) ![y](https://b.example) <https://c.example>"
    assert links(render(body)) == (
        "https://a.example/?x=1&y=2",
        "https://b.example",
        "https://b.example",
        "https://c.example",
    )


# --- what it can never become -----------------------------------------------------------------------------------------


@given(st.text(alphabet=st.sampled_from(list("[]()!<>*_~`&#;:/\\\"'=-+.0 \n\tahjtpsx\u00e9\u202e")), max_size=200))
def test_no_text_becomes_more_than_a_comment_may_hold(body: str) -> None:
    assert problems(render(body)) == []


@given(
    st.text(max_size=100), st.sampled_from(["[{}](https://a.example)", "[x]({})", "![x](<{}>)", "```{}\n```", "<{}>"])
)
def test_no_text_breaks_out_of_its_place(text: str, place: str) -> None:
    assert problems(render(place.format(text))) == []


def test_payloads_for_script_injection_come_to_nothing(shared_data: Path) -> None:
    for payload in payloads(shared_data):
        for body in (
            payload,
            f"[x]({payload})",
            f"![{payload}](https://a.example)",
            f"```{payload}\n```",
            f"> - {payload}",
        ):
            assert problems(render(body)) == [], body
        assert problems(sanitise(payload)) == [], payload


def test_the_inspector_would_see_what_gets_through(shared_data: Path) -> None:
    unguarded = MarkdownIt("commonmark")
    found = sum(bool(problems(unguarded.render(payload))) for payload in payloads(shared_data))
    assert found > 1500


def test_naughty_strings_come_to_nothing(shared_data: Path) -> None:
    for text in json.loads((shared_data / "xss" / "naughty_strings.json").read_text(encoding="utf-8")):
        assert problems(render(text)) == [], text
        assert isinstance(plain(render(text)), str)


@pytest.mark.parametrize("name", ["proto", "xss"])
def test_link_schemes_that_markdown_libraries_fear_come_to_nothing(shared_data: Path, name: str) -> None:
    fixture = (shared_data / "xss" / f"markdown-it-py_{name}.md").read_text(encoding="utf-8")
    bodies = re.split(r"(?m)^\.$", fixture)
    assert len(bodies) > 6
    for body in [*bodies, fixture]:
        assert problems(render(body)) == [], body


def test_every_example_of_the_commonmark_specification_stays_within_bounds(shared_data: Path) -> None:
    specification = (shared_data / "lists" / "commonmark-spec.txt").read_text(encoding="utf-8")
    fence = "`" * 32
    examples = re.findall(rf"(?ms)^{fence} example\n(.*?)^\.\n", specification)
    assert len(examples) > 600
    for example in examples:
        assert problems(render(example.replace("→", "\t"))) == [], example


# --- what it may cost -------------------------------------------------------------------------------------------------


def work(body: str) -> int:
    """Count the function calls that rendering takes; unlike seconds, they are the same on every machine."""
    calls = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        render(body)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    ("name", "body"), [pytest.param(*one, id=one[0]) for one in hostile_comments() if "chance" not in one[0]]
)
def test_a_hostile_comment_costs_in_proportion_to_its_length(name: str, body: str) -> None:
    short, long = work(body[:512]), work(body[:2048])
    assert long <= max(5 * short, 50_000), name
    assert long <= 200 * 2048, name


def test_a_hostile_comment_does_not_grow_beyond_bounds() -> None:
    assert max(len(render(body[:1024])) for _, body in hostile_comments()) < 16 * 1024
