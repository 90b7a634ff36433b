"""Network addresses: whose a request is when proxies stand between, and which neighbourhood it comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

# A chain of proxies is short; whoever sends a longer one wants something else.
_HOPS: Final = 32


def client_address(
    remote: str | None, forwarded_for: str | None, trusted_proxies: Sequence[IPv4Network | IPv6Network]
) -> str | None:
    """Return the address of the one who asks: the last hop that is not a proxy of ours.

    Args:
        remote: who is connected to us.
        forwarded_for: the ``X-Forwarded-For`` header, from a stranger unless ``remote`` is a trusted proxy:
            ``"203.0.113.7, 10.0.0.2"``, each proxy adding whom it saw at the end.
        trusted_proxies: whose word about the hop before is taken.

    Returns:
        an address in its shortest form; None when not even the connection has one.
    """
    address = _read(remote or "")
    if address is None:
        return None
    for hop in reversed((forwarded_for or "").split(",")[-_HOPS:]):
        if not any(address in network for network in trusted_proxies):
            break
        before = _read(hop)
        if before is None:
            break
        address = before
    return str(address)


def network(address: str) -> str:
    """Return the network that stands for one household or company: /24 of IPv4, /48 of IPv6.

    What is no address stands for itself.
    """
    known = _read(address)
    if known is None:
        return address
    return str(ip_network((known, 24 if known.version == 4 else 48), strict=False))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: plain, with a port, quoted, in brackets, with a zone."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
