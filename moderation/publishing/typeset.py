"""Sets code as books do: keywords bold, comments in italics; no colours, so that any theme and mail will do.

Pygments' rules take time that grows with the square of some hostile texts, so that only so much is set in a comment.
"""

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# 0.12 s at worst; the longest comment, all of it C, took 3.9 s.
MOST_CHARACTERS: Final = 1500

# What strangers may call a language, and whose rules it has; each of them was tried on hostile text.
_LANGUAGES: Final = {
    "bash": "bash",
    "c": "c",
    "css": "css",
    "go": "go",
    "java": "java",
    "javascript": "javascript",
    "js": "javascript",
    "json": "json",
    "py": "python",
    "python": "python",
    "rs": "rust",
    "rust": "rust",
    "sh": "bash",
    "sql": "sql",
}


def typeset(code: str, language: str) -> str:
    """Return code as HTML: plain where the language is not known, it is too long, or Pygments is not installed.

    Args:
        code: a stranger's.
        language: what the stranger calls it.
    """
    known = language in _LANGUAGES and len(code) <= MOST_CHARACTERS
    lexer = _lexer(_LANGUAGES[language]) if known else None
    if lexer is None:
        return escape(code, quote=True)
    from pygments.token import Comment, Keyword, is_token_subtype

    parts: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(code):
        tag = "em" if is_token_subtype(kind, Comment) else "strong" if is_token_subtype(kind, Keyword) else ""
        if parts and parts[-1][0] == tag:
            tag, before = parts.pop()
            text = before + text
        parts.append((tag, text))
    return "".join(f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text) for tag, text in parts)


@cache
def _lexer(name: str) -> "Lexer | None":
    try:
        from pygments.lexers import get_lexer_by_name
    except ImportError:
        return None
    return get_lexer_by_name(name, ensurenl=False, stripnl=False)
