"""Which places on the network the service may call: those that anybody could, and nothing inside."""

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import quote, urlsplit

import idna
import regex

from moderation.foundation.errors import Refused

Address = IPv4Address | IPv6Address

_PORTS: Final = frozenset({80, 443, 8080, 8443})
_URL_CHARACTERS: Final = 8192
# Python's is_global knows most of these, but not in every release; what is listed here is closed in all of them.
# Source: IANA's registries of special-purpose IPv4 and IPv6 addresses.
_CLOSED_IPV4: Final = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Addresses given out so far all lie in here; mapped, translated, local and multicast ones do not.
_OPEN_IPV6: Final = IPv6Network("2000::/3")
# Tunnels (2001::/32 Teredo, 2002::/16 6to4) carry an IPv4 address inside, which may be any.
_CLOSED_IPV6: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_LABEL: Final = regex.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = regex.compile(r"[0-9]+|0x[0-9a-f]*")
# Without a zone: the one in [fe80::1%eth0] names one of our own network cards.
_BRACKETED: Final = regex.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")
_NEVER: Final = regex.compile(r"[\s\p{Cc}\p{Cf}\p{Cs}\p{Z}\\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A web address, taken apart and found sane.

    Args:
        host: in ASCII, lower case; an IPv6 address without its brackets.
        target: path and query, as they go over the wire.
        literal: the host's address where the URL names it directly.
    """

    url: str
    secure: bool
    host: str
    port: int
    target: str
    literal: Address | None

    @property
    def name(self) -> str:
        """Return host and port, as the exceptions are written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> tuple[bool, str, int]:
        """Return what must be the same for two places to share a secret."""
        return self.secure, self.host, self.port


def is_public(address: Address) -> bool:
    """Tell whether an address is one that anybody on the internet could call."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_IPV4)
    # ISATAP: an IPv4 address at the end of any IPv6 prefix.
    tunnelled = (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE
    closed = any(address in network for network in _CLOSED_IPV6)
    return address.is_global and address in _OPEN_IPV6 and not closed and not tunnelled and not address.scope_id


def read_place(url: str, exceptions: frozenset[str]) -> Place:
    """Take a web address apart.

    Args:
        url: from a stranger.
        exceptions: ``host:port`` that may be called although the port is unusual.

    Raises:
        Refused: unless it is a plain http or https address, on a usual port, with a host that every reader of
            addresses understands alike.
    """
    if len(url) > _URL_CHARACTERS or _NEVER.search(url):
        raise Refused("This address cannot be called: it is too long, or holds odd characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused("This is not a web address.") from error
    secure = parts.scheme == "https"
    if (not secure and parts.scheme != "http") or not url[len(parts.scheme) :].startswith("://"):
        raise Refused("Only http and https addresses can be called.")
    if "@" in parts.netloc:
        raise Refused("An address to be called cannot hold a name or a password.")
    host, literal = _read_host(host, bracketed=_BRACKETED.fullmatch(parts.netloc) is not None)
    target = quote(parts.path or "/", safe="/%:=&~+!$,;'()*@[]|")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:=&~+!$,;'()*@[]|?")
    place = Place(
        url=url,
        secure=secure,
        host=host,
        port=port if port is not None else 443 if secure else 80,
        target=target,
        literal=literal,
    )
    if place.port not in _PORTS and place.name not in exceptions:
        raise Refused(f"Port {place.port} cannot be called.")
    return place


def _read_host(host: str, *, bracketed: bool) -> tuple[str, Address | None]:
    odd = Refused("The address has a host that cannot be called.")
    try:
        if bracketed:
            literal = ipaddress.IPv6Address(host)
            return str(literal), literal
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except (ValueError, IndexError) as error:
        raise odd from error
    host = host.lower()
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise odd
    if not _NUMBER.fullmatch(labels[-1]):
        return host, None
    # 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1 to some; only the plain form is one to everybody.
    try:
        return host, ipaddress.IPv4Address(host)
    except ValueError as error:
        raise odd from error
