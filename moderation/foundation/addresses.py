"""Whose network a request comes from, behind whatever proxies stand in front."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_PREFIXES = {4: 24, 6: 48}


def client_address(
    remote: str | None, forwarded_for: str | None, trusted_proxies: Sequence[IPv4Network | IPv6Network]
) -> str | None:
    """Return the address a request comes from: the last one that no proxy of ours stands at.

    Args:
        remote: who is connected.
        forwarded_for: the X-Forwarded-For header, from a stranger; only what our own proxies added counts.

    Returns:
        None when even the connected one has no address (a Unix socket).
    """
    hops = [*(forwarded_for or "").split(","), remote or ""]
    found: str | None = None
    for hop in reversed(hops):
        address = _read(hop)
        if address is None:
            break
        found = str(address)
        if not any(address.version == network.version and address in network for network in trusted_proxies):
            break
    return found


def network(address: str) -> str:
    """Return the network that is counted as one sender: the /24 of an IPv4 address, the /48 of an IPv6 one."""
    read = _read(address)
    if read is None:
        return ""
    return str(ip_network((read, _PREFIXES[read.version]), strict=False))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
