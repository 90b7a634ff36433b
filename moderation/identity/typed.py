"""Reads what a reader types to say where an account is: a server's name, an address, a whole account name."""

import re
from typing import Final

from moderation.foundation.errors import Refused
from moderation.foundation.reachable import read_target
from moderation.identity.failure import AskAgain

LONGEST: Final = 300
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
# Whatever else may stand in an address has more than one reading.
_NAME: Final = re.compile(r"[^\s/?#@:%\\\[\]]+")


def read_host(typed: str, *, example: str) -> str:
    """Return the host that somebody means, in ASCII and lower case.

    Args:
        typed: text from a stranger: ``social.example``, ``https://social.example/@alice`` or ``@alice@social.example``.
        example: of what could be typed instead.

    Raises:
        AskAgain: unless it is the name of a host on the public internet, without a port.
    """
    text = _SCHEME.sub("", typed.strip(), count=1).partition("/")[0]
    before, _, text = text.rpartition("@")
    sentence = f"This is not the name of a server. Type one such as {example}."
    if not _NAME.fullmatch(text) or (before and not _NAME.fullmatch(before.removeprefix("@"))):
        raise AskAgain(sentence)
    try:
        host = read_target(f"https://{text}/").host
    except Refused as error:
        raise AskAgain(sentence) from error
    name, _, last = host.rpartition(".")
    # Numbers and names of one word are how one names machines of a network of one's own.
    if not name or not last[:1].isalpha():
        raise AskAgain(sentence)
    return host
