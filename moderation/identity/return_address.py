"""The exact address on a blog to which sign-ins may come back, set by its owner for pages that we cannot see ourselves.

Whoever stands there gets one-time codes, so that it must be a page of the blog's own that embeds the site.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from moderation.foundation.endpoints import is_loopback
from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of
from moderation.foundation.text import web_address
from moderation.records import Site

_FIELD: Final = "return_addresses"


def return_address(site: Site, origin: str) -> str | None:
    """Return where on an origin sign-ins may come back to, None where the owner has set nothing."""
    return next((one for one in site.policy.return_addresses if origin_of(one, field=None) == origin), None)


def check_return_addresses(given: Sequence[str], origins: Iterable[str]) -> list[str]:
    """Return the addresses, from the owner, as they are kept.

    Args:
        origins: from where the site may be embedded.

    Raises:
        Refused: one is not exact, not safe, not on these origins, or the second on one of them.
    """
    known, found = set(origins), dict[str, str]()
    for text in given:
        address = web_address(text, field=_FIELD)
        parts, origin = urlsplit(address), origin_of(address, field=_FIELD)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise Refused("A return address begins with https://; http:// is for this machine only.", field=_FIELD)
        if "#" in address:
            raise Refused("A return address has no part after #: that is where the sign-in goes.", field=_FIELD)
        if origin not in known:
            raise Refused(f"{origin} is not registered for this site, so no sign-in goes there.", field=_FIELD)
        if not address.startswith(f"{origin}/"):
            raise Refused(f"Write it as browsers do, beginning with {origin}/.", field=_FIELD)
        if origin in found:
            raise Refused(f"There can be one return address on {origin}.", field=_FIELD)
        found[origin] = address
    return list(found.values())
