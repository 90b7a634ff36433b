"""The addresses in the settings: of the service, its database, Redis, mail server and proxies, and who writes mails.

What is wrong with one is said without showing it: most hold a password.
"""

from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from moderation.foundation.errors import Refused
from moderation.foundation.origin import origin_of

_DATABASES: Final = ("postgresql", "postgresql+psycopg")
_REDIS: Final = ("redis", "rediss")
_MAIL: Final = ("smtp", "smtps")
_ENCODED: Final = "a password's /, ?, #, @ and % are written as %2F, %3F, %23, %40 and %25"


def check_public_url(value: str) -> str:
    """Return an origin, if it is written as browsers send it, and https unless it is on this machine.

    Raises:
        ValueError: saying how it must be.
    """
    form = "must be scheme, host and port only, such as https://comments.example, no final slash"
    try:
        exact = origin_of(value, field=None)
    except Refused as error:
        raise ValueError(form) from error
    if exact != value:
        raise ValueError(f"{form}; did you mean {exact}?" if "@" not in value else form)
    parts = urlsplit(exact)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must be https, except on this machine (localhost)")
    return exact


def check_database_url(value: str) -> str:
    """Return the address of a database, if it looks like one; empty is none.

    Raises:
        ValueError: saying how it must be.
    """
    form = "must be like postgresql://user:password@host/name"
    if value.startswith("sqlite:///"):
        return value
    parts = _parts(value, _DATABASES, form)
    if parts and "@" in parts.path + parts.fragment:
        raise ValueError(f"{form}; {_ENCODED}")
    return value


def check_redis_url(value: str) -> str:
    """Return the address of a Redis server, if it looks like one; empty is none.

    Raises:
        ValueError: saying how it must be.
    """
    _parts(value, _REDIS, "must be like redis://host:6379/0")
    return value


def check_mail_url(value: str) -> str:
    """Return the address of a mail server or a folder, if it looks like one; empty is none.

    Raises:
        ValueError: saying how it must be.
    """
    form = "must be like smtp://user:password@host:587, smtps://user:password@host:465 or maildir:FOLDER"
    if value.startswith("maildir:") and value != "maildir:":
        return value
    parts = _parts(value, _MAIL, form)
    if parts and (not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment):
        raise ValueError(f"{form}; {_ENCODED}")
    return value


def check_sender(value: str) -> str:
    """Return a mail's From, if it is one address with or without a name.

    Raises:
        ValueError: saying how it must be.
    """
    found = [address for _, address in getaddresses([value])]
    local, _, domain = found[0].rpartition("@") if len(found) == 1 else ("", "", "")
    if not local or not domain or not found[0].isascii() or " " in found[0]:
        raise ValueError("must be one address, such as My blog <comments@blog.example>")
    return value


def check_networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return networks out of a list of addresses and networks.

    Raises:
        ValueError: saying how they must be.
    """
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list, such as ["127.0.0.1/32"]')
    return tuple(_network(str(place)) for place in value)


def is_loopback(host: str) -> bool:
    """Tell whether a host, by its name or address, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _network(place: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(place)
    except ValueError as error:
        try:
            advice = f"; did you mean {ip_network(place, strict=False)}?"
        except ValueError:
            advice = ", such as 10.0.0.1 or 10.0.0.0/24"
        raise ValueError(f"{place} is no address or network{advice}") from error


def _parts(value: str, schemes: tuple[str, ...], form: str) -> SplitResult | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and "://" in value and parts.port != 0
    except ValueError as error:
        raise ValueError(f"{form}; {_ENCODED}") from error
    if not fits:
        raise ValueError(form)
    return parts
