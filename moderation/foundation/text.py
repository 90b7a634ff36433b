"""What people type: made uniform, measured as people count, and refused where it could deceive or break something."""

import unicodedata
from typing import Final
from urllib.parse import urlsplit

import idna
import regex

from moderation.foundation.errors import Refused
from moderation.foundation.lookalikes import skeleton, words

__all__ = [
    "clean_name",
    "email_address",
    "escaped",
    "graphemes",
    "is_blank",
    "normalise",
    "refuse_controls",
    "single_line",
    "skeleton",
    "web_address",
    "words",
]

NAME_GRAPHEMES: Final = 64
# In bytes no honest name comes near this; without it, one grapheme could hold a book.
NAME_CHARACTERS: Final = 256
ADDRESS_CHARACTERS: Final = 2048
EMAIL_CHARACTERS: Final = 254

# Sorting combining marks takes quadratic time (3 s for 32,000 of them), so a pile is refused before it is sorted.
_PILE: Final = regex.compile(r"\p{M}{257}")
_NOT_IN_A_LINE: Final = regex.compile(r"[\p{Cc}\p{Cs}]")
_NOT_IN_A_TEXT: Final = regex.compile(r"[[\p{Cc}\p{Cs}]--[\n\t]]", flags=regex.V1)
_LINE_BREAKS: Final = regex.compile(r"\r\n?")
_CLUSTER: Final = regex.compile(r"\X")

_BIDI: Final = regex.compile(r"\p{Bidi_Control}")
# Joiners and emoji selectors have a use in names; every other character that nobody sees is dropped.
_UNSEEN: Final = regex.compile(
    r"[[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]--[\u200c\u200d\ufe0e\ufe0f\p{Bidi_Control}]]", flags=regex.V1
)
_BLANKS: Final = regex.compile(r"[\s\p{Z}]+")
_SEEN: Final = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
_STACKED: Final = regex.compile(r"[\p{M}&&\p{Script=Inherited}--\ufe0e\ufe0f]{3}|\p{M}{6}", flags=regex.V1)

_NOT_IN_ADDRESSES: Final = regex.compile(r"""[\s\p{C}\p{Z}<>"'`\\^{|}]""")
# Browsers leave these as they are behind the host, so a page's own address may hold them.
_LEFT_BY_BROWSERS: Final = regex.compile(r"['`\\^{|}]")
_AUTHORITY: Final = regex.compile(r"[a-z]+://[^/?#]*", flags=regex.I)
_LOCAL_PART: Final = regex.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", flags=regex.I)
_LABEL: Final = regex.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def normalise(text: str, *, field: str | None = None) -> str:
    """Return the text with LF as its only line break, in Unicode's composed form (NFC).

    Args:
        text: from a stranger, of any length.

    Raises:
        Refused: when hundreds of marks are piled on one letter.
    """
    if _PILE.search(text):
        raise Refused("There are too many accents or marks on one letter.", field=field)
    return unicodedata.normalize("NFC", _LINE_BREAKS.sub("\n", text))


def refuse_controls(text: str, *, field: str | None, multiline: bool = False) -> None:
    """Refuse characters that no person types.

    Args:
        multiline: a text in which line breaks and tabs are welcome.

    Raises:
        Refused: for NUL, half characters (lone surrogates) and control characters.
    """
    found = (_NOT_IN_A_TEXT if multiline else _NOT_IN_A_LINE).search(text)
    if found is None:
        return
    if found[0] in "\r\n\t":
        raise Refused("Line breaks and tabs are not allowed here.", field=field)
    if unicodedata.category(found[0]) == "Cs":
        raise Refused("The text holds half a character, which cannot be stored.", field=field)
    raise Refused(f"The text holds a control character (U+{ord(found[0]):04X}), which is not allowed.", field=field)


def graphemes(text: str) -> int:
    """Count the characters as a person sees them: a letter with its accents, or a family emoji, is one."""
    return sum(1 for _ in _CLUSTER.finditer(text))


def is_blank(text: str) -> bool:
    """Tell whether there is nothing to see in a text."""
    return not _SEEN.search(_UNSEEN.sub("", text))


def single_line(text: str) -> str:
    """Return the text trimmed, with one blank for each run of blanks and line breaks."""
    return _BLANKS.sub(" ", text).strip()


def clean_name(text: str, *, field: str | None) -> str:
    """Return a name as it will be shown: composed, trimmed, with single blanks and nothing invisible.

    Raises:
        Refused: when nothing is left to see, it is too long, changes the direction of writing, or stacks marks.
    """
    text = normalise(text, field=field)
    refuse_controls(text, field=field)
    if _BIDI.search(text):
        raise Refused("A name cannot hold characters that change the direction of writing.", field=field)
    name = single_line(unicodedata.normalize("NFC", _UNSEEN.sub("", text)))
    if is_blank(name):
        raise Refused("Please give a name.", field=field)
    if _STACKED.search(name):
        raise Refused("A name cannot have this many marks on one letter.", field=field)
    if len(name) > NAME_CHARACTERS or graphemes(name) > NAME_GRAPHEMES:
        raise Refused(f"A name can have at most {NAME_GRAPHEMES} characters.", field=field)
    return name


def web_address(text: str, *, field: str | None) -> str:
    """Return a web address, trimmed but otherwise as it was given.

    Quotes, braces and the like behind the host are written as %27 and so on, the same address to every browser.

    Raises:
        Refused: unless it is http or https, at most 2,048 characters, with a host, and without name and password.
    """
    text = normalise(text, field=field).strip()
    refuse_controls(text, field=field)
    if authority := _AUTHORITY.match(text):
        text = authority[0] + _LEFT_BY_BROWSERS.sub(_percent, text[authority.end() :])
    if len(text) > ADDRESS_CHARACTERS:
        raise Refused(f"A web address can have at most {ADDRESS_CHARACTERS:,} characters.", field=field)
    if _NOT_IN_ADDRESSES.search(text):
        raise Refused("The web address holds a character that addresses cannot have.", field=field)
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise Refused("This is not a web address.", field=field) from error
    if parts.scheme not in ("http", "https") or not text[len(parts.scheme) :].startswith("://"):
        raise Refused("A web address must begin with http:// or https://.", field=field)
    if "@" in parts.netloc:
        raise Refused("A web address cannot hold a name or a password.", field=field)
    if not host or not _is_host(host):
        raise Refused("The web address names no host.", field=field)
    return text


def escaped(path: str) -> str:
    """Return a path, from a stranger, with nothing in it that addresses cannot have; what is escaped already stays."""
    return _NOT_IN_ADDRESSES.sub(_percent, path)


def _percent(found: regex.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def email_address(text: str, *, field: str | None) -> str:
    """Return an e-mail address with its domain in lower case and in ASCII form.

    Raises:
        Refused: unless it is of the plain form name@domain, at most 254 characters.

    Source: the shape a browser's e-mail field accepts (HTML, 4.10.5.1.5), with a dot in the domain.
    """
    text = normalise(text, field=field).strip()
    refuse_controls(text, field=field)
    wrong = Refused("This is not an e-mail address.", field=field)
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or len(text) > EMAIL_CHARACTERS or not _LOCAL_PART.fullmatch(local):
        raise wrong
    ascii_domain = _ascii_host(domain)
    if ascii_domain is None or "." not in ascii_domain or ascii_domain.rpartition(".")[2].isdigit():
        raise wrong
    address = f"{local}@{ascii_domain}"
    if len(address) > EMAIL_CHARACTERS:
        raise wrong
    return address


def _is_host(host: str) -> bool:
    return ":" in host or _ascii_host(host.removesuffix(".")) is not None


def _ascii_host(host: str) -> str | None:
    """Return a domain in ASCII form, or None when it is none."""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError, ValueError, IndexError):
            return None
    host = host.lower()
    return host if len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split(".")) else None
