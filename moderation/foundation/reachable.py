"""Which web addresses the service may call: public ones only, never this machine or the network it stands in."""

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import quote

import idna
import regex

from moderation.foundation.errors import Refused

Resolve = Callable[..., Iterable[tuple[Any, ...]]]
Address = IPv4Address | IPv6Address

LONGEST: Final = 4096
PORTS: Final = frozenset({80, 443, 8080, 8443})

# Without user names, zone ids and empty ports: what is left has one reading only.
_SHAPE: Final = re.compile(
    r"(https?)://(\[[0-9a-f:.]{2,45}\]|[^][/?#:@%]+)(?::([1-9][0-9]{0,4}))?([/?][^#]*)?(?:#.*)?",
    re.ASCII | re.IGNORECASE,
)
_NEVER: Final = regex.compile(r"[\s\p{C}\p{Z}\\]")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
# A name that ends so is an IPv4 address to some readers (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_HARMLESS: Final = "%/:?#[]@!$&'()*+,;=~-._"

# Source: IANA's registries of special-purpose addresses. Python's is_global alone differs between its releases.
_SPECIAL_4: Final = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # a provider's own, and some clouds' services
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, seen from every machine in it
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# IPv6 is allowed by list: mapped, compatible and translated IPv4, unique-local, link-local, site-local and multicast
# addresses all lie outside.
_GLOBAL_6: Final = ip_network("2000::/3")
_SPECIAL_6: Final = tuple(
    ip_network(block)
    for block in (
        "2001::/23",  # protocols' own, among them Teredo, which wraps an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which wraps an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A web address taken apart, the only reading of it that is used from then on.

    Args:
        host: in ASCII and lower case; an IPv6 address without brackets.
        path: with the query, beginning with a slash.
    """

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, the port also where it is the usual one."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def host_header(self) -> str:
        """The host as a request names it."""
        return _bracketed(self.host) if self.port == (443 if self.secure else 80) else self.authority

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.secure else 'http'}://{self.host_header}"

    @property
    def url(self) -> str:
        """The address in its plain form."""
        return self.origin + self.path


def read_target(url: str) -> Target:
    """Take a web address apart, as strictly as possible.

    Args:
        url: text from a stranger.

    Raises:
        Refused: unless it is plain http or https, with a host that has a single reading.
    """
    if len(url) > LONGEST or _NEVER.search(url):
        raise Refused("The address is too long or holds characters that addresses cannot have.")
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise Refused("Only plain http:// and https:// addresses are called, without a name or password in them.")
    scheme, host, port, path = shape.groups()
    secure = scheme.lower() == "https"
    number = int(port) if port else (443 if secure else 80)
    if number > 65_535:
        raise Refused("The address holds a port that does not exist.")
    path = quote(path or "/", safe=_HARMLESS)
    return Target(secure=secure, host=_read_host(host), port=number, path=path if path.startswith("/") else f"/{path}")


def find_addresses(
    target: Target, *, exceptions: frozenset[str], ports: frozenset[int], resolve: Resolve
) -> tuple[Address, ...]:
    """Return the addresses of a host, asked for once; every one of them may be called.

    Args:
        exceptions: ``host:port`` on this machine that may be called although they are not public.
        ports: those that may be called elsewhere.

    Raises:
        Refused: when one of the addresses, or the port, is not open to everybody.
        OSError: when the host has no address.
    """
    excepted = target.authority in exceptions
    check_target(target, exceptions=exceptions, ports=ports)
    literal = _literal(target.host)
    found = (literal,) if literal else _resolved(target, resolve)
    if not found:
        raise OSError("no address")
    for address in found:
        if not (address.is_loopback if excepted else is_public(address)):
            raise _not_public(target)
    return found


def check_target(target: Target, *, exceptions: frozenset[str], ports: frozenset[int]) -> None:
    """Refuse what could never be called, wherever its name leads.

    Raises:
        Refused: the port is not one that is called, or the host is an address that is not open to everybody.
    """
    if target.authority in exceptions:
        return
    if target.port not in ports:
        raise Refused(f"Only the ports {', '.join(map(str, sorted(ports)))} are called.")
    literal = _literal(target.host)
    if literal and not is_public(literal):
        raise _not_public(target)


def is_public(address: Address) -> bool:
    """Tell whether an address is a single machine's on the public internet."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_4)
    # ISATAP wraps an IPv4 address behind any network's part.
    wrapped = (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE
    inside = address in _GLOBAL_6 and not any(address in block for block in _SPECIAL_6)
    return inside and not wrapped and address.scope_id is None


def _not_public(target: Target) -> Refused:
    return Refused(f"{target.host} is not on the public internet, so it is not called.")


def _resolved(target: Target, resolve: Resolve) -> tuple[Address, ...]:
    found = [ip_address(answer[4][0]) for answer in resolve(target.host, target.port, type=socket.SOCK_STREAM)]
    return tuple(dict.fromkeys(found))


def _read_host(host: str) -> str:
    wrong = Refused("The address names no host that can be called.")
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except ValueError as error:
            raise wrong from error
    if not host.isascii():
        # Strictly, without mapping: full-width digits, circled letters and other dots are not another spelling here.
        try:
            host = idna.encode(host, strict=True, std3_rules=True).decode("ascii")
        except (idna.IDNAError, UnicodeError, ValueError, IndexError) as error:
            raise wrong from error
    host = host.lower()
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise wrong
    if _NUMBER.fullmatch(labels[-1]) and not isinstance(_literal(host), IPv4Address):
        raise wrong
    return host


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
