"""Which addresses the server may connect to for its users: public ones, by https, and the very one that was checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from parsers.errors import UsageError

LONGEST = 2000
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an address of IPv4."""
TUNNELS = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "64:ff9b:1::/48")))
"""6to4, Teredo, and NAT64 of a private network: they lead where nobody can tell."""


class Private(OSError):
    """A name leads to an address that is not public."""


def is_public(text: str) -> bool:
    """Whether an address is one that anybody on the Internet could connect to."""
    try:
        address: Any = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if address.version == 6:
        if any(address in tunnel for tunnel in TUNNELS):
            return False
        if address in NAT64:
            address = ipaddress.IPv4Address(address.packed[-4:])
        address = getattr(address, "ipv4_mapped", None) or address
    return bool(address.is_global and not address.is_multicast and not address.is_reserved)


def checked_url(url: str) -> str:
    """The same URL. Raises UsageError if nothing may be sent there, as far as can be told without its address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError("The URL cannot be read.") from error
    if parts.scheme != "https" or not host or len(url) > LONGEST or not (url.isascii() and url.isprintable()):
        raise UsageError("Give an https:// URL, in ASCII, of 2,000 characters at most.")
    if " " in url or "@" in parts.netloc or parts.fragment or port == 0:
        raise UsageError("The URL may have no user, no password, no fragment and no spaces.")
    if _literal(host) and not is_public(host):
        raise UsageError("The URL leads to an address that is not public.")
    return url


def _literal(host: str) -> bool:
    """An address, in any of the spellings that the system's resolver takes: ``127.1`` is one."""
    return ":" in host or host.rstrip(".").rpartition(".")[2][:1].isdigit()


class PublicResolver(AbstractResolver):
    """Resolves names once, and gives only addresses that were checked."""

    def __init__(self, *, private: bool = False) -> None:
        """``private``: whatever address is fine."""
        self._private = private

    async def resolve(self, host: str, port: int = 0,
                      family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a name. Raises Private if one of them is not public, OSError if there are none."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys((kind, str(where[0])) for kind, _, _, _, where in found))
        if not self._private and not all(is_public(address) for _, address in addresses):
            raise Private("The URL leads to an address that is not public.")
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0,
                              flags=socket.AI_NUMERICHOST) for kind, address in addresses]

    async def close(self) -> None:
        """Nothing is open."""
