"""Origins: scheme, host and port, exactly as browsers write them."""

from typing import Final
from urllib.parse import urlsplit

import idna

from moderation.foundation.errors import Refused
from moderation.foundation.text import web_address

_USUAL_PORTS: Final = {"http": 80, "https": 443}


def origin_of(address: str, *, field: str | None) -> str:
    """Return the origin of a web address, from a stranger: ``https://blog.example``, a port only if it is unusual.

    Raises:
        Refused: when it is no web address.

    Source: RFC 6454, section 6; the host by UTS 46, as browsers do.
    """
    parts = urlsplit(web_address(address, field=field))
    host, port = parts.hostname or "", parts.port
    try:
        if ":" in host:
            host = f"[{host}]"
        elif not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise Refused("The web address names no host.", field=field) from error
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS[parts.scheme] else "")
