"""Markdown that a stranger typed, made into HTML that is safe under any post."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

import nh3
import regex
from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from moderation.publishing.typeset import MOST_CHARACTERS, typeset

TAGS: Final = frozenset({"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"})
# The star stands for every tag; unless it is emptied, nh3 lets lang and title through.
ATTRIBUTES: Final[dict[str, set[str]]] = {"*": set(), "a": {"href"}, "code": {"class"}, "ol": {"start"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
RELATION: Final = "nofollow ugc noopener"

# A list takes two levels, a quotation one. What is nested deeper stays as it was typed.
_BLOCK_LEVELS: Final = 12
_INLINE_LEVELS: Final = 8
_LINK_CHARACTERS: Final = 2048
# No name before the host (https://bank.example@evil.example) and no further headers in a mail (?bcc=).
_LINK: Final = re.compile(r"https?://[^\s/?#\\@]+(?:[/?#]\S*)?|mailto:[^\s?&@]+@[^\s?&@/]+", re.IGNORECASE)
# In running text: a host, perhaps a port and a path, and no name or password before the host.
_ADDRESS: Final = regex.compile(
    r"(?<![\p{L}\p{N}])https?://[\p{L}\p{N}]++(?:[.-]++[\p{L}\p{N}]++)*+(?![@_%]|:[^\s/@]{0,64}@)"
    r"(?::[0-9]{1,5})?(?:[/?#][[\p{L}\p{M}\p{N}\p{S}!-~]--[<>\"`\\]]*+)?",
    flags=regex.IGNORECASE | regex.V1,
)
_NOT_AT_THE_END: Final = frozenset(".,:;!?'*_~|")
_LANGUAGE: Final = re.compile(r"language-[a-z0-9+#-]{1,20}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_BREAKING: Final = frozenset({"blockquote", "br", "hr", "li", "ol", "p", "pre", "ul"})


def render(body: str) -> str:
    """Return a comment's HTML.

    CommonMark without headings, HTML, tables and reference links; an image becomes a link to it; a line break is kept;
    web addresses become links.

    Args:
        body: Markdown from a stranger, at most 8,192 characters.
    """
    return sanitise(_MARKDOWN.render(body))


def sanitise(html: str) -> str:
    """Return the HTML with nothing left but what a comment may hold; the last step before it is stored."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(),
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        link_rel=RELATION,
        url_schemes=set(SCHEMES),
        url_relative="deny",
    ).strip()


def plain(html: str) -> str:
    """Return the text of a rendered comment, with a line for each paragraph, item or line of code."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.text).split("\n"))
    return "\n".join(line for line in lines if line)


def links(html: str) -> tuple[str, ...]:
    """Return where the links of a rendered comment lead, in order, each as often as it stands there."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(reader.links)


class _Reader(HTMLParser):
    """Collects what a rendered comment says and where it leads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text.extend("\n" for _ in range(tag in _BREAKING))
        self.links.extend(value for name, value in attrs if tag == "a" and name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        self.text.extend("\n" for _ in range(tag in _BREAKING))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _attribute(_tag: str, name: str, value: str) -> str | None:
    allowed = {"href": _LINK, "class": _LANGUAGE, "start": _NUMBER}.get(name)
    return value if allowed is None or allowed.fullmatch(value) else None


class _Markdown(MarkdownIt):
    """Markdown whose links lead to the web or to a mailbox."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return len(url) <= _LINK_CHARACTERS and _LINK.fullmatch(url) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """A web address in running text, in the form markdown-it asks for."""

    url: str
    text: str
    index: int
    last_index: int
    schema: str = "http:"


class _Addresses:
    """Finds web addresses in running text, reading it once.

    The usual finder, linkify-it, looks at every address within an address again: 0.7 s for 8,192 hostile characters.
    """

    def pretest(self, text: str) -> bool:
        return "://" in text

    def test(self, text: str) -> bool:
        return "://" in text

    def match(self, text: str) -> list[_Address]:
        return [_address(found[0], found.start()) for found in _ADDRESS.finditer(text)]


def _address(text: str, start: int) -> _Address:
    """Leave off what ends the sentence around an address, not the address."""
    surplus = text.count(")") - text.count("(")
    end = len(text)
    while text[end - 1] in _NOT_AT_THE_END or (text[end - 1] == ")" and surplus > 0):
        surplus -= text[end - 1] == ")"
        end -= 1
    return _Address(url=text[:end], text=text[:end], index=start, last_index=start + end)


def _markdown() -> MarkdownIt:
    markdown = _Markdown("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 20})
    markdown.linkify = _Addresses()
    markdown.enable("strikethrough")
    markdown.core.ruler.enable("linkify")
    # With references, one long address could be repeated two thousand times by eight thousand characters.
    markdown.disable(["heading", "lheading", "html_block", "html_inline", "reference"])
    may_end = ["paragraph", "blockquote", "list"]
    markdown.block.ruler.at("blockquote", _not_too_deep(blockquote), {"alt": may_end})
    markdown.block.ruler.at("list", _not_too_deep(list_block), {"alt": may_end[:2]})
    markdown.core.ruler.push("shallow", _shallow)
    markdown.core.ruler.push("pictures", _pictures)
    markdown.add_render_rule("fence", _fence)
    return markdown


def _not_too_deep(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    """Keep what is nested too deep as text; the parser's own limit would drop it."""

    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _BLOCK_LEVELS and rule(state, start, end, silent)

    return guarded


def _shallow(state: StateCore) -> None:
    """Leave out emphasis within emphasis within emphasis, which nobody sees and browsers suffer from."""
    for token in state.tokens:
        kept: list[Token] = []
        depth = 0
        for child in token.children or []:
            depth += child.nesting == 1
            if child.nesting == 0 or child.tag == "a" or depth <= _INLINE_LEVELS:
                kept.append(child)
            depth -= child.nesting == -1
        token.children = kept


def _pictures(state: StateCore) -> None:
    """Turn images into links to them, or into their description where they stand in a link."""
    for token in state.tokens:
        kept: list[Token] = []
        in_link = 0
        for child in token.children or []:
            in_link += child.nesting if child.type in ("link_open", "link_close") else 0
            if child.type != "image":
                kept.append(child)
                continue
            address = str(child.attrGet("src") or "")
            described = _description(child).strip() or state.md.normalizeLinkText(address)
            said = Token("text", "", 0, content=described)
            around = (
                [] if in_link else [Token("link_open", "a", 1, attrs={"href": address}), Token("link_close", "a", -1)]
            )
            kept += [*around[:1], said, *around[1:]]
        token.children = kept


def _description(image: Token) -> str:
    parts = (" " if child.tag == "br" else child.content or _description(child) for child in image.children or [])
    return "".join(parts)


def _fence(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
    code, called = tokens[index].content, tokens[index].info.strip().partition(" ")[0].lower()
    kind = f' class="language-{called}"' if _LANGUAGE.fullmatch(f"language-{called}") else ""
    # All code of a comment shares what may be set.
    env["code"] = env.get("code", 0) + len(code)
    return f"<pre><code{kind}>{typeset(code, called if env['code'] <= MOST_CHARACTERS else '')}</code></pre>\n"


_MARKDOWN: Final = _markdown()
